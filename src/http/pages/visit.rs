//! A visit to a page of a domain: the request for authorization that its address repeats, and what the forms of the page need.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::SET_COOKIE;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;

use super::csrf::Csrf;
use super::look::Look;
use super::texts::{ENGLISH, Said};
use super::view::View;
use crate::accounts::Offers;
use crate::api::Sensitive;
use crate::context::{Cx, Unread};
use crate::error::{ApiError, Result};
use crate::http::Shared;
use crate::http::body::Body;
use crate::http::exchange::{Answer, Exchange};
use crate::http::oauth2::answers::{redirect, refused};
use crate::http::oauth2::cookie;
use crate::http::oauth2::site::Site;
use crate::http::one_state::in_one_state;
use crate::oauth2::{AuthorizationRequest, Choices, Form, PoolDomain, Refusal, Written};
use crate::quotas::Category;
use crate::sign_in::ClientContext;
use crate::store::ReadTx;

/// A visit whose request for authorization is right.
pub(super) struct Visit {
    shared: web::Data<Shared>,
    site: Site,
    pub(super) client: ClientContext,
    pub(super) request: Arc<AuthorizationRequest>,
    pub(super) view: View,
    pub(super) offers: Offers,
    /// The identity providers that the page to sign in offers.
    pub(super) choices: Choices,
    csrf: Csrf,
    /// The query of the address, which links and forms repeat.
    pub(super) query: Arc<str>,
}

/// A request for authorization that has been read, and what the pages show to it.
struct Asked {
    client: ClientContext,
    request: AuthorizationRequest,
    offers: Offers,
    choices: Choices,
    /// `None` if the client has no style of managed login, where there are pages of managed login.
    look: Option<Look>,
}

impl Asked {
    /// Reads the request of a page in this language. The inner error is its first mistake.
    fn read(
        cx: &Cx,
        tx: &ReadTx<'_>,
        domain: &PoolDomain,
        (form, query, language): (&Form, &str, &str),
    ) -> Result<Result<Self, Refusal>, Unread> {
        let (client, request) = match AuthorizationRequest::open_in(cx, tx, domain, form)? {
            Ok(opened) => opened,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let look = if domain.has_managed_login() {
            Look::managed(&client, tx, language)?
        } else {
            Some(Look::classic(&client, tx)?)
        };
        Ok(Ok(Self {
            offers: Offers::of(&client, tx)?,
            choices: Choices::of(&client, tx, query)?,
            client,
            request,
            look,
        }))
    }
}

/// What a page says above its form.
#[derive(Default)]
pub(super) struct Notes {
    /// Why the last form was refused.
    pub(super) alert: Option<Said>,
    /// What has just been done.
    pub(super) notice: Option<&'static str>,
}

impl Notes {
    /// The note that something has been done.
    pub(super) fn done(notice: &'static str) -> Self {
        Self {
            alert: None,
            notice: Some(notice),
        }
    }

    /// The note that the form was refused.
    pub(super) fn refused(alert: impl Into<Said>) -> Self {
        Self {
            alert: Some(alert.into()),
            notice: None,
        }
    }
}

impl Visit {
    /// The visit of a request, which counts into this category. The inner error is the answer to a request that is refused.
    async fn open(
        shared: &web::Data<Shared>,
        exchange: &Exchange,
        request: &HttpRequest,
        category: Category,
    ) -> Result<Self, Answer> {
        let mut view = View::of(request);
        let fault = |error: ApiError| (view.refuse(&error), Some(error));
        let query: Arc<str> = request.query_string().into();
        let read = {
            let (query, language) = (Arc::clone(&query), view.texts().terms_language);
            let form = Form::parse(&*query);
            move |cx: &Cx, domain: &PoolDomain, tx: &ReadTx<'_>| {
                Asked::read(cx, tx, domain, (&form, &query, language))
            }
        };
        let entered = Site::enter(shared, exchange, request, category, read).await;
        let (site, _, asked) = entered.map_err(fault)?;
        let asked = match asked {
            Ok(asked) => asked,
            Err(Refusal::Fault(error)) => return Err(fault(error)),
            Err(refusal) => return Err(refused(&site, refusal)),
        };
        let Some(look) = asked.look else {
            let response = view.say(StatusCode::FORBIDDEN, view.texts().unavailable.into());
            let error = ApiError::not_authorized("the client has no managed login branding");
            return Err((response, Some(error)));
        };
        view.look = look;
        Ok(Self {
            csrf: Csrf::of(request, &asked.client),
            shared: shared.clone(),
            site,
            request: Arc::new(asked.request),
            query,
            view,
            offers: asked.offers,
            choices: asked.choices,
            client: asked.client,
        })
    }

    /// The value of the hidden field that every form has.
    pub(super) fn csrf(&self) -> &str {
        &self.csrf.field
    }

    /// The answer with a page of this visit.
    pub(super) fn show(&self, page: &impl Template) -> HttpResponse {
        self.show_with(StatusCode::OK, page)
    }

    /// The same with another status.
    pub(super) fn show_with(&self, status: StatusCode, page: &impl Template) -> HttpResponse {
        let targets = form_targets(&self.client);
        let mut response = self.view.answer_with_form(status, page, &targets);
        if let Some(cookie) = self.csrf.header(&self.shared, &self.site) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        response
    }

    /// Sends the browser to the app with a code or tokens, and gives it a session.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(super) async fn complete(&self, written: Written) -> Result<HttpResponse> {
        let completed = written.located(&self.client, &self.request).await?;
        let (mut response, error) = redirect(completed.location.expose());
        if let Some(error) = error {
            return Err(error);
        }
        let cookie = cookie::set(&self.shared, &self.site, &completed.session);
        if let Some(cookie) = cookie {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
        Ok(response)
    }

    /// Sends the browser to another page of the domain, with the same query.
    pub(super) fn go_to(&self, page: &str) -> HttpResponse {
        redirect(&format!("{}?{}", self.site.path(page), self.query)).0
    }

    /// Seals what a form carries for the server, for one use of one client.
    ///
    /// # Errors
    /// `InternalErrorException`.
    pub(super) fn seal(&self, usage: &str, carried: &impl serde::Serialize) -> Result<String> {
        let plain = serde_json::to_vec(carried).map_err(ApiError::internal)?;
        let (seal, ambient) = (&self.client.keys.seal, &self.client.cx.ambient);
        let sealed = seal.seal(&self.seal_context(usage), &plain, ambient);
        sealed.map_err(ApiError::internal)
    }

    /// What a form carries for the server. Returns `None` if it was not sealed for this use and client.
    pub(super) fn unseal<T: serde::de::DeserializeOwned>(
        &self,
        usage: &str,
        form: &Form,
    ) -> Option<T> {
        let sealed = form.find("state")?;
        let plain = self
            .client
            .keys
            .seal
            .open(&self.seal_context(usage), sealed)?;
        serde_json::from_slice(&plain).ok()
    }

    fn seal_context(&self, usage: &str) -> Vec<u8> {
        let client = &self.client;
        format!("page {usage} {}/{}", client.pool.id, client.app.id.as_str()).into_bytes()
    }
}

/// Answers a request for a page by `work`.
pub(super) async fn get<F>(
    (name, category): (&'static str, Category),
    shared: &web::Data<Shared>,
    request: &HttpRequest,
    work: F,
) -> HttpResponse
where
    F: Fn(&Visit) -> HttpResponse,
{
    let exchange = Exchange::at(name, shared, request);
    let run = async || match Visit::open(shared, &exchange, request, category).await {
        Ok(visit) => (work(&visit), None),
        Err(answer) => answer,
    };
    let (response, error) = run_in_one_state(shared, request, run).await;
    exchange.end(response, error)
}

/// The answer to a request for a page that began just now, of one state of the registry.
async fn run_in_one_state(
    shared: &Shared,
    request: &HttpRequest,
    run: impl AsyncFnMut() -> Answer,
) -> Answer {
    let answer = in_one_state(&shared.store, shared.store.state(), run).await;
    answer.unwrap_or_else(|| {
        let error = ApiError::snapshot_restored();
        (View::of(request).refuse(&error), Some(error))
    })
}

/// A form that was posted.
pub(super) struct Posted {
    pub(super) visit: Visit,
    pub(super) form: Arc<Form>,
}

impl Posted {
    /// The value of a field; empty if the form does not have it.
    pub(super) fn field(&self, name: &str) -> &str {
        self.form.find(name).unwrap_or_default()
    }

    /// Refuses a new password that was not typed the same way twice.
    ///
    /// # Errors
    /// `InvalidParameterException`.
    pub(super) fn check_repeated(&self) -> Result<()> {
        if self.field("new_password") == self.field("repeat_password") {
            Ok(())
        } else {
            Err(ApiError::invalid_parameter(ENGLISH.passwords_differ))
        }
    }

    /// The same for a secret.
    pub(super) fn secret(&self, name: &str) -> Sensitive<String> {
        self.field(name).to_owned().into()
    }
}

/// Answers a form by `work`; one that does not come from a page of the domain by `outdated`.
pub(super) async fn post<W, O>(
    (name, category): (&'static str, fn(&Form) -> Category),
    shared: web::Data<Shared>,
    request: HttpRequest,
    payload: web::Payload,
    (work, outdated): (W, O),
) -> HttpResponse
where
    W: AsyncFn(Posted) -> Answer,
    O: Fn(&Visit, Notes) -> HttpResponse,
{
    let respond = async |exchange: &Exchange, body: &mut Body| {
        let form = match body.read(&request, shared.max_body_bytes).await {
            Ok(bytes) => Arc::new(Form::parse(bytes)),
            Err(error) => return (View::of(&request).refuse(&error), Some(error)),
        };
        let run = async || {
            let opened = Visit::open(&shared, exchange, &request, category(&form)).await;
            match opened {
                Ok(visit) if visit.csrf.verifies(&form) => {
                    let form = Arc::clone(&form);
                    work(Posted { visit, form }).await
                }
                Ok(visit) => {
                    let notes = Notes::refused(visit.view.texts().form_outdated);
                    let mut response = outdated(&visit, notes);
                    *response.status_mut() = StatusCode::FORBIDDEN;
                    let why = "the form came from no page of the domain";
                    (response, Some(ApiError::not_authorized(why)))
                }
                Err(answer) => answer,
            }
        };
        run_in_one_state(&shared, &request, run).await
    };
    let exchange = Exchange::at(name, &shared, &request);
    exchange.answer(payload, respond).await
}

/// Where a form may lead: to this server, and on to the addresses of the client, one of which the browser is sent to in the end. An app
/// may send it on to another address of its own.
fn form_targets(client: &ClientContext) -> String {
    let urls = client
        .app
        .callback_urls()
        .iter()
        .chain(client.app.logout_urls());
    let mut targets: Vec<String> = urls.filter_map(|url| target_of(url)).collect();
    targets.sort_unstable();
    targets.dedup();
    targets.insert(0, "'self'".to_owned());
    targets.join(" ")
}

/// The origin of a URL, or the scheme of one that has none. Returns `None` if it cannot stand in a policy.
fn target_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    let target = match (scheme, rest.strip_prefix("//")) {
        ("http" | "https", Some(rest)) => {
            let host = rest.split(['/', '?']).next()?;
            format!("{scheme}://{host}")
        }
        _ => format!("{scheme}:"),
    };
    let fits = |byte: u8| byte.is_ascii_graphic() && !b"'\",;".contains(&byte);
    target.bytes().all(fits).then_some(target)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_origins_and_schemes_alone() {
        for (url, target) in [
            ("https://app.test/back?x=1", Some("https://app.test")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("myapp://callback", Some("myapp:")),
            ("https://a.test; script-src *", None),
            ("none", None),
        ] {
            assert_eq!(target_of(url).as_deref(), target, "{url}");
        }
    }
}
