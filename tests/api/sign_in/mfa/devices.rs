//! Remembered devices and the second factor.

use serde_json::{Value, json};

use super::{EMAIL, answer, last_code, remember_device, tracking};
use crate::world::{
    Device, NO_DEVICE, PASSWORD, access_token, prove_device, respond, sign_in, sign_in_by_password,
};

#[test]
fn a_remembered_device_takes_the_place_of_the_second_factor() {
    let app = tracking(true);
    let device = remember_device(&app);
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    access_token(&prove_device(&app, EMAIL, &device, &asked).ok());
    assert_eq!(sign_in(&app, EMAIL, "ana")["ChallengeName"], "EMAIL_OTP");
}

#[test]
fn a_remembered_device_comes_after_the_second_factor_where_it_does_not_take_its_place() {
    let app = tracking(false);
    let device = remember_device(&app);
    let key = [("DEVICE_KEY", device.key.as_str())];
    let asked = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
    assert_eq!(asked["ChallengeName"], "EMAIL_OTP");
    let code = last_code(&app, EMAIL, "ana");
    let asked = answer(&app, EMAIL, "ana", &asked, ("EMAIL_OTP_CODE", &code)).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
    let tokens = prove_device(&app, EMAIL, &device, &asked).ok();
    let result = &tokens["AuthenticationResult"];
    assert!(result.get("NewDeviceMetadata").is_none());
    // The code may come with the device's key.
    let asked = sign_in(&app, EMAIL, "ana");
    let code = last_code(&app, EMAIL, "ana");
    let responses = json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code, "DEVICE_KEY": device.key});
    let asked = respond(&app, EMAIL, "EMAIL_OTP", &asked, responses).ok();
    assert_eq!(asked["ChallengeName"], "DEVICE_SRP_AUTH");
}

#[test]
fn a_device_that_is_forgotten_before_the_code_is_a_new_one() {
    let app = tracking(false);
    let device = remember_device(&app);
    let forget = |device: &Device| {
        let input = json!({"UserPoolId": EMAIL.pool, "Username": "ana", "DeviceKey": device.key});
        app.call("AdminForgetDevice", &input).done();
    };
    for repeated in [false, true] {
        let device = remember_device(&app);
        let key = [("DEVICE_KEY", device.key.as_str())];
        let asked = sign_in_by_password(&app, EMAIL, "ana", PASSWORD, &key).ok();
        forget(&device);
        let code = last_code(&app, EMAIL, "ana");
        let mut responses = json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code});
        if repeated {
            responses["DEVICE_KEY"] = device.key.clone().into();
        }
        let tokens = respond(&app, EMAIL, "EMAIL_OTP", &asked, responses).ok();
        assert_ne!(Device::issued(&tokens).key, device.key);
    }
    // The key of a forgotten device is refused beside the code, and the code is still good without it.
    forget(&device);
    let asked = sign_in(&app, EMAIL, "ana");
    let code = last_code(&app, EMAIL, "ana");
    let mut responses =
        json!({"USERNAME": "ana", "EMAIL_OTP_CODE": code, "DEVICE_KEY": device.key});
    respond(&app, EMAIL, "EMAIL_OTP", &asked, responses.clone()).refused_as(NO_DEVICE);
    responses["DEVICE_KEY"] = Value::Null;
    Device::issued(&respond(&app, EMAIL, "EMAIL_OTP", &asked, responses).ok());
}
