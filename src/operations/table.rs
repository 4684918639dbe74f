//! What a line of the table of operations is: an operation of the model, its quota category, and its handler.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;

use serde::Deserialize;

use crate::api::{Answer, ChallengeNameType, Operation, OperationModel, json};
use crate::context::Cx;
use crate::error::{ApiError, Result};
use crate::ids::UserPoolId;
use crate::quotas::Category;

/// Operations of the model, by name.
#[derive(Default)]
pub(crate) struct Table(BTreeMap<&'static str, Entry>);

/// One line of the table.
pub(crate) struct Entry {
    pub(crate) model: &'static OperationModel,
    pub(crate) category: Category,
    pub(crate) served: bool,
    prepare: Prepare,
}

type Prepare = Box<dyn Fn(&[u8]) -> Result<Call> + Send + Sync>;

/// A request whose input has been checked, ready to run.
pub(crate) struct Call {
    /// The pool that the request names.
    pub(crate) pool: Option<UserPoolId>,
    run: Box<dyn FnOnce(Cx) -> Running>,
}

type Running = Pin<Box<dyn Future<Output = Result<Vec<u8>>>>>;

/// The member of an answer to a challenge that its category depends on.
#[derive(Deserialize)]
struct ChallengeAnswer {
    #[serde(rename = "ChallengeName")]
    challenge: ChallengeNameType,
}

impl Entry {
    /// The category that a request counts into. It is the operation's, except for new passwords in place of temporary ones: they
    /// are answers to challenges and count as account recovery (AWS's guide "Quotas in Amazon Cognito"). Only the two operations
    /// that answer challenges have their input read before the quota is taken.
    pub(crate) fn counts_as(&self, body: &[u8]) -> Category {
        if self.category != Category::ChallengeResponse {
            return self.category;
        }
        match serde_json::from_slice(body) {
            Ok(ChallengeAnswer {
                challenge: ChallengeNameType::NewPasswordRequired,
            }) => Category::UserAccountRecovery,
            // A body that cannot be read is refused after the quota.
            Ok(_) | Err(_) => self.category,
        }
    }

    /// Decodes and checks the input.
    ///
    /// # Errors
    /// `SerializationException` or `InvalidParameterException`.
    pub(crate) fn prepare(&self, body: &[u8]) -> Result<Call> {
        (self.prepare)(body)
    }
}

impl Call {
    /// Runs the handler. Returns the body of the answer.
    ///
    /// # Errors
    /// Those of the operation.
    pub(crate) async fn run(self, cx: Cx) -> Result<Vec<u8>> {
        (self.run)(cx).await
    }
}

impl Table {
    /// The operation with this name.
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        self.0.get(name)
    }

    /// All operations, by name.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.0.values()
    }

    /// Adds the lines of a topic.
    pub(super) fn with(self, topic: fn(Self) -> Self) -> Self {
        topic(self)
    }

    /// Adds an operation that `handler` serves.
    pub(super) fn op<R, F>(self, category: Category, handler: fn(Cx, R) -> F) -> Self
    where
        R: Operation,
        F: Future<Output = Result<R::Output>> + 'static,
    {
        self.add(R::MODEL, category, true, move |body| {
            let request = R::parse(body)?;
            Ok(Call {
                pool: request.user_pool_id().cloned(),
                run: Box::new(move |cx| {
                    Box::pin(async move { encode(&handler(cx, request).await?) })
                }),
            })
        })
    }

    /// Adds an operation that is not served: its input is checked like any other, and then the answer says so.
    pub(super) fn not_yet<R: Operation>(self, category: Category) -> Self {
        self.add(R::MODEL, category, false, |body| {
            let request = R::parse(body)?;
            Ok(Call {
                pool: request.user_pool_id().cloned(),
                run: Box::new(|_| Box::pin(async { Err(ApiError::not_served(R::MODEL.name)) })),
            })
        })
    }

    /// Adds a line. An operation that stands in the table twice keeps the server from starting.
    fn add(
        mut self,
        model: &'static OperationModel,
        category: Category,
        served: bool,
        prepare: impl Fn(&[u8]) -> Result<Call> + Send + Sync + 'static,
    ) -> Self {
        let prepare = Box::new(prepare);
        let before = self.0.insert(
            model.name,
            Entry {
                model,
                category,
                served,
                prepare,
            },
        );
        assert!(
            before.is_none(),
            "{} stands twice in the table of operations",
            model.name
        );
        self
    }
}

/// The body of an answer.
///
/// # Errors
/// `InternalErrorException`.
pub(crate) fn encode<A: Answer>(answer: &A) -> Result<Vec<u8>> {
    if !A::HAS_BODY {
        return Ok(Vec::new());
    }
    let body = json::to_vec(answer).map_err(ApiError::internal)?;
    debug_assert_eq!(
        Some(body.as_slice()),
        serde_json::to_vec(answer).ok().as_deref(),
        "an answer is what serde_json writes"
    );
    Ok(body)
}
