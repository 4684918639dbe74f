"""How the pages of an app client look, and the terms that they link to, with boto3."""

import pytest

from user_pool import UserPool

PNG = b"\x89PNG\r\n\x1a\n" + bytes(100)


@pytest.fixture
def pool(server):
    return UserPool(server)


def test_a_style_is_created_changed_and_deleted(pool):
    admin = pool.admin
    logo = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
    settings = {"components": {"form": {"borderRadius": 2.0}}}
    style = admin.create_managed_login_branding(
        UserPoolId=pool.id, ClientId=pool.client_id, Settings=settings, Assets=[logo]
    )["ManagedLoginBranding"]
    assert (style["Settings"], style["Assets"], "ClientId" in style) == (settings, [logo], False)
    by_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    merged = admin.describe_managed_login_branding_by_client(ReturnMergedResources=True, **by_client)
    merged = merged["ManagedLoginBranding"]["Settings"]
    assert (merged["components"]["form"]["borderRadius"], merged["categories"]["global"]["colorSchemeMode"]) == (2.0, "LIGHT")
    with pytest.raises(admin.exceptions.ManagedLoginBrandingExistsException):
        admin.create_managed_login_branding(UseCognitoProvidedValues=True, **by_client)
    named = {"UserPoolId": pool.id, "ManagedLoginBrandingId": style["ManagedLoginBrandingId"]}
    changed = admin.update_managed_login_branding(UseCognitoProvidedValues=True, **named)["ManagedLoginBranding"]
    assert (changed["UseCognitoProvidedValues"], changed["Assets"]) == (True, [])
    admin.delete_managed_login_branding(**named)
    with pytest.raises(admin.exceptions.ResourceNotFoundException):
        admin.describe_managed_login_branding(**named)


def test_the_classic_pages_are_customized(pool):
    admin = pool.admin
    css = ".banner-customizable { background: #fff; }"
    with pytest.raises(admin.exceptions.InvalidParameterException, match="valid user pool domain"):
        admin.set_ui_customization(UserPoolId=pool.id, CSS=css)
    admin.create_user_pool_domain(UserPoolId=pool.id, Domain="boto3-branding")
    shown = admin.set_ui_customization(UserPoolId=pool.id, CSS=css, ImageFile=PNG)["UICustomization"]
    assert (shown["ClientId"], shown["CSS"], shown["ImageUrl"].startswith("https://")) == ("ALL", css, True)
    of_client = admin.get_ui_customization(UserPoolId=pool.id, ClientId=pool.client_id)["UICustomization"]
    assert of_client == shown
    admin.set_ui_customization(UserPoolId=pool.id)
    assert admin.get_ui_customization(UserPoolId=pool.id)["UICustomization"] == {}
    admin.delete_user_pool_domain(UserPoolId=pool.id, Domain="boto3-branding")


def test_terms_are_created_listed_and_deleted(pool):
    admin = pool.admin
    links = {"cognito:default": "https://example.com/terms"}
    terms = admin.create_terms(
        UserPoolId=pool.id,
        ClientId=pool.client_id,
        TermsName="terms-of-use",
        TermsSource="LINK",
        Enforcement="NONE",
        Links=links,
    )["Terms"]
    by_client = admin.describe_terms_by_client(UserPoolId=pool.id, ClientId=pool.client_id, TermsName="terms-of-use")
    assert by_client["Terms"] == terms
    named = {"UserPoolId": pool.id, "TermsId": terms["TermsId"]}
    links["cognito:german"] = "https://example.com/agb"
    assert admin.update_terms(Links=links, **named)["Terms"]["Links"] == links
    assert [one["TermsName"] for one in admin.list_terms(UserPoolId=pool.id)["Terms"]] == ["terms-of-use"]
    admin.delete_terms(**named)
    with pytest.raises(admin.exceptions.ResourceNotFoundException):
        admin.describe_terms(**named)
