//! `AdminGetDevice`, row by row of what it answers, and its three siblings.

mod changes;
mod lists;
mod refusals;
mod shown;

use serde_json::{Value, json};

use crate::world::{App, POOL, merge};

fn attributes(answer: &Value) -> Vec<(&str, &str)> {
    let attributes = answer["Device"]["DeviceAttributes"]
        .as_array()
        .unwrap()
        .iter();
    attributes
        .map(|attribute| {
            (
                attribute["Name"].as_str().unwrap(),
                attribute["Value"].as_str().unwrap(),
            )
        })
        .collect()
}

fn list(app: &App, more: Value) -> Value {
    let mut input = json!({"UserPoolId": POOL, "Username": "diego"});
    merge(&mut input, more);
    app.call("AdminListDevices", &input).ok()
}

fn keys(list: &Value) -> Vec<&str> {
    list["Devices"]
        .as_array()
        .unwrap()
        .iter()
        .map(|device| device["DeviceKey"].as_str().unwrap())
        .collect()
}
