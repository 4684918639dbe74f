//! The tokens of the fake identity provider (OpenID Connect Core 1.0 sections 3.1.3 and 5.3).

use serde_json::{Map, Value, json};

use super::provider::{FakeProvider, KID};
use super::ticket::{Ticket, Use};
use crate::api::Sensitive;
use crate::auth::{code_challenge, is_secret};
use crate::domain::provider::person::Person;
use crate::error::{ApiError, Result};
use crate::oauth2::Form;

/// How long an ID token counts, in seconds.
const SECONDS: i64 = 5 * 60;

impl FakeProvider {
    /// The tokens for the code of the form.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a client or a code that does not count.
    pub(crate) async fn tokens(&self, form: &Form) -> Result<Value> {
        let refused = |why: &'static str| ApiError::not_authorized("invalid_grant").because(why);
        let field = |name: &str| form.find(name).unwrap_or_default();
        let code = Ticket::open(self, Use::Code, field("code"));
        let code = code.ok_or_else(|| refused("the code was never given, or has expired"))?;
        if code.client_id != field("client_id") || code.redirect_uri != field("redirect_uri") {
            return Err(refused("the code was given to another client or address"));
        }
        let proof = code_challenge::of(field("code_verifier"));
        if code
            .challenge
            .as_ref()
            .is_some_and(|challenge| !is_secret(challenge, &proof))
        {
            return Err(refused("the verifier is another"));
        }
        let secret = Sensitive::from(field("client_secret").to_owned());
        let (person, code) = self.redeemed(code, secret).await?;
        let claims = self.claims(person, &code);
        let id_token = self.key()?.sign(KID, &claims);
        let id_token = id_token.ok_or_else(|| ApiError::internal("signing failed"))?;
        let access_token = code.seal(self, Use::AccessToken)?;
        Ok(
            json!({"access_token": access_token, "expires_in": 60, "id_token": id_token, "token_type": "Bearer"}),
        )
    }

    /// The person of the code, which the client with this secret uses up.
    async fn redeemed(&self, code: Ticket, secret: Sensitive<String>) -> Result<(Person, Ticket)> {
        let pool = self.pool.clone();
        let redeemed = self.cx.write(move |_, tx| {
            let client = Self::find_client(&pool, tx, &code.client_id)?;
            let client = client.ok_or_else(|| ApiError::not_authorized("invalid_client"))?;
            let own = client.details.get("client_secret");
            if own.is_some_and(|own| !is_secret(own, secret.expose())) {
                return Err(ApiError::not_authorized("invalid_client"));
            }
            tx.use_session(&code.id, code.expires())?;
            let person = tx.find_document::<Person>(&pool, &code.subject)?;
            let person = person.ok_or_else(|| ApiError::not_authorized("invalid_grant"))?;
            Ok((person.body, code))
        });
        redeemed.await
    }

    /// The claims of the person's ID token. Those of the protocol come before what the seed says.
    fn claims(&self, person: Person, code: &Ticket) -> Map<String, Value> {
        // As of every provider, its time is the system's.
        let now = self.cx.system_now().millis().div_euclid(1000);
        let mut claims = person.into_claims();
        let own = [
            ("iss", json!(self.issuer)),
            ("aud", json!(code.client_id)),
            ("iat", json!(now)),
            ("exp", json!(now.saturating_add(SECONDS))),
        ];
        claims.extend(own.map(|(name, value)| (name.to_owned(), value)));
        if let Some(nonce) = &code.nonce {
            claims.insert("nonce".to_owned(), json!(nonce));
        }
        claims
    }

    /// What the token in the header `Authorization` lets its bearer know.
    ///
    /// # Errors
    /// `NotAuthorizedException` of a token that does not count.
    pub(crate) async fn user_info(&self, authorization: &str) -> Result<Map<String, Value>> {
        let refused = || ApiError::not_authorized("invalid_token");
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        let ticket = Ticket::open(self, Use::AccessToken, token).ok_or_else(refused)?;
        let pool = self.pool.clone();
        let read = self
            .cx
            .read(move |_, tx| tx.find_document::<Person>(&pool, &ticket.subject));
        let person = read.await?.ok_or_else(refused)?;
        Ok(person.body.into_claims())
    }
}
