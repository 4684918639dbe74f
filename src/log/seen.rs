//! The facts about a request that the log shows, collected while it is answered.

use std::fmt;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, SecondsFormat, Utc};
use uuid::Uuid;

use crate::api::{AuthFlowType, ChallengeNameType};
use crate::ids::{ClientId, UserPoolId};
use crate::trace::Trace;

/// The facts about a request besides its outcome. Each value is set once, where it is first known.
#[derive(Debug)]
pub(crate) struct Seen {
    request_id: Uuid,
    source_ip: Option<IpAddr>,
    trace: Option<Box<Trace>>,
    clock: OnceLock<String>,
    fault: OnceLock<u64>,
    /// The checks that have begun, a bit for each.
    checks: AtomicUsize,
    /// Whether it is not shown among the last requests.
    hidden: AtomicBool,
    operation: OnceLock<&'static str>,
    endpoint: OnceLock<Endpoint>,
    key: OnceLock<Arc<str>>,
    pool: OnceLock<UserPoolId>,
    client: OnceLock<ClientId>,
    flow: OnceLock<AuthFlowType>,
    challenge: OnceLock<ChallengeNameType>,
    next: OnceLock<&'static str>,
}

/// The checks of a request for an operation, in the order of its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Check {
    Target,
    Audience,
    Signature,
    Body,
    Quota,
    Input,
    Grant,
    PoolQuota,
    Fault,
    Operation,
    Answer,
}

impl Check {
    const ALL: [Self; 11] = [
        Self::Target,
        Self::Audience,
        Self::Signature,
        Self::Body,
        Self::Quota,
        Self::Input,
        Self::Grant,
        Self::PoolQuota,
        Self::Fault,
        Self::Operation,
        Self::Answer,
    ];

    /// What is checked.
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Target => "the operation that it calls",
            Self::Audience => "the host and the page that it came by",
            Self::Signature => "its signature, which covers its body",
            Self::Body => "its body",
            Self::Quota => "the account's quota of this category",
            Self::Input => "its input, by the API's model",
            Self::Grant => "what the access key is granted",
            Self::PoolQuota => "the quota of the operation on the pool",
            Self::Fault => "a fault that was set for tests",
            Self::Operation => "the operation itself",
            Self::Answer => "a fault that was set for tests, which kept its answer back",
        }
    }

    /// What is so where the check is passed.
    pub(super) fn when_passed(self) -> &'static str {
        match self {
            Self::Target => "it calls an operation of the API",
            Self::Audience => "signed operations are answered on this host, and to this page",
            Self::Signature => "an access key of this server signed it",
            Self::Body => "its body has arrived",
            Self::Quota => "the account's quota of this category was not used up",
            Self::Input => "its input is as the API's model asks",
            Self::Grant => "the access key is granted the action on the pool",
            Self::PoolQuota => "the quota of the operation on the pool was not used up",
            Self::Fault => "a fault that was set for tests let it do its work",
            Self::Operation => "the operation did what it was asked for",
            Self::Answer => "it was answered",
        }
    }
}

/// The endpoint of a request that calls no operation.
#[derive(Debug)]
struct Endpoint {
    name: &'static str,
    /// The name of an unknown operation.
    target: Option<String>,
    method: &'static str,
    path: String,
}

impl Seen {
    /// The facts at the beginning of a request.
    pub(crate) fn new(request_id: Uuid, source_ip: Option<IpAddr>) -> Self {
        Self {
            request_id,
            source_ip,
            trace: None,
            clock: OnceLock::new(),
            fault: OnceLock::new(),
            checks: AtomicUsize::new(0),
            hidden: AtomicBool::new(false),
            operation: OnceLock::new(),
            endpoint: OnceLock::new(),
            key: OnceLock::new(),
            pool: OnceLock::new(),
            client: OnceLock::new(),
            flow: OnceLock::new(),
            challenge: OnceLock::new(),
            next: OnceLock::new(),
        }
    }

    /// The facts about a request that is part of this trace; of none for `None`.
    pub(crate) fn traced(self, trace: Option<Trace>) -> Self {
        Self {
            trace: trace.map(Box::new),
            ..self
        }
    }

    /// The trace that the request is part of.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        self.trace.as_deref()
    }

    /// The request id, which the answer carries.
    pub(crate) fn request_id(&self) -> Uuid {
        self.request_id
    }

    /// The address of the client.
    pub(crate) fn source_ip(&self) -> Option<IpAddr> {
        self.source_ip
    }

    /// Sets what the server's clock showed when the request arrived, if that was not the system's time.
    pub(crate) fn set_clock(&self, time: DateTime<Utc>) {
        let _ = self
            .clock
            .set(time.to_rfc3339_opts(SecondsFormat::Millis, true));
    }

    /// Sets the fault that the request suffers, by its id.
    pub(crate) fn set_fault(&self, id: u64) {
        let _ = self.fault.set(id);
    }

    /// Notes that a check begins; those before it are passed.
    pub(crate) fn begins(&self, check: Check) {
        self.checks.fetch_or(1 << check as usize, Ordering::Relaxed);
    }

    /// The checks that were passed, and the last one that began.
    pub(super) fn checks(&self) -> (Vec<Check>, Option<Check>) {
        let begun = self.checks.load(Ordering::Relaxed);
        let has_begun = |check: &Check| begun & (1 << *check as usize) != 0;
        let mut begun: Vec<Check> = Check::ALL.into_iter().filter(has_begun).collect();
        let last = begun.pop();
        (begun, last)
    }

    /// Sets the operation that the request calls.
    pub(crate) fn set_operation(&self, name: &'static str) {
        let _ = self.operation.set(name);
    }

    /// Sets the endpoint of a request that calls no operation.
    pub(crate) fn set_endpoint(
        &self,
        name: &'static str,
        target: Option<String>,
        method: &'static str,
        path: String,
    ) {
        let _ = self.endpoint.set(Endpoint {
            name,
            target,
            method,
            path,
        });
    }

    /// Sets the access key that the request names. The outcome shows whether its signature is right.
    pub(crate) fn set_key(&self, id: &Arc<str>) {
        let _ = self.key.set(Arc::clone(id));
    }

    /// Sets the pool of the request. The caller passes only ids that can be a pool of this server, because ids of other forms
    /// may be secrets.
    pub(crate) fn set_pool(&self, pool: &UserPoolId) {
        if self.pool.get().is_none() {
            let _ = self.pool.set(pool.clone());
        }
    }

    /// Sets the app client of the request. The caller passes only clients that exist, because a request can hold any text.
    pub(crate) fn set_client(&self, client: &ClientId) {
        if self.client.get().is_none() {
            let _ = self.client.set(client.clone());
        }
    }

    /// Sets the flow of a sign-in that begins.
    pub(crate) fn set_flow(&self, flow: AuthFlowType) {
        let _ = self.flow.set(flow);
    }

    /// Sets the challenge that the request answers.
    pub(crate) fn set_challenge(&self, challenge: ChallengeNameType) {
        let _ = self.challenge.set(challenge);
    }

    /// Sets the next step of a sign-in: a challenge, or tokens for `None`.
    pub(crate) fn set_next(&self, challenge: Option<ChallengeNameType>) {
        let _ = self
            .next
            .set(challenge.map_or("tokens", ChallengeNameType::as_str));
    }

    /// What a step of a sign-in was asked for: a flow, or the challenge that it answers; or else what gave tokens. And the next step, if
    /// there is one. Returns `None` for other requests.
    pub(crate) fn sign_in_step(&self) -> Option<(&'static str, Option<&'static str>)> {
        let next = self.next.get().copied();
        let flow = self.flow.get().map(|flow| flow.as_str());
        let challenge = self.challenge.get().map(|challenge| challenge.as_str());
        let step = challenge.or(flow).or(next.map(|_| self.name()))?;
        Some((step, next))
    }

    /// Whether it is a request for an operation of the API.
    pub(crate) fn is_operation(&self) -> bool {
        self.operation.get().is_some()
    }

    /// Whether an operation or an endpoint was set.
    pub(crate) fn has_name(&self) -> bool {
        self.operation.get().is_some() || self.endpoint.get().is_some()
    }

    /// Keeps the request from being shown among the last ones.
    pub(crate) fn hide(&self) {
        self.hidden.store(true, Ordering::Relaxed);
    }

    /// Whether the request is not shown among the last ones.
    pub(crate) fn is_hidden(&self) -> bool {
        self.hidden.load(Ordering::Relaxed)
    }

    /// The name of the operation, or else of the endpoint.
    pub(crate) fn name(&self) -> &'static str {
        let endpoint = || self.endpoint.get().map(|endpoint| endpoint.name);
        let operation = self.operation.get().copied();
        operation.or_else(endpoint).unwrap_or("unknown")
    }

    /// Passes the members of the line that were set to `put`, in their order.
    pub(crate) fn members<'a>(&'a self, put: &mut dyn FnMut(&'static str, Value<'a>)) {
        if let Some(endpoint) = self.endpoint.get() {
            put("method", Value::Text(endpoint.method));
            put("path", Value::Text(&endpoint.path));
            if let Some(target) = &endpoint.target {
                put("target", Value::Text(target));
            }
        }
        if let Some(ip) = &self.source_ip {
            put("source_ip", Value::Plain(ip));
        }
        if let Some(key) = self.key.get() {
            put("key", Value::Text(key));
        }
        if let Some(pool) = self.pool.get() {
            put("pool", Value::Plain(pool));
        }
        if let Some(client) = self.client.get() {
            put("client", Value::Text(client.as_str()));
        }
        if let Some(flow) = self.flow.get() {
            put("flow", Value::Text(flow.as_str()));
        }
        if let Some(challenge) = self.challenge.get() {
            put("challenge", Value::Text(challenge.as_str()));
        }
        if let Some(next) = self.next.get() {
            put("next", Value::Text(next));
        }
        if let Some(clock) = self.clock.get() {
            put("clock", Value::Plain(clock));
        }
        if let Some(fault) = self.fault.get() {
            put("fault", Value::Number(*fault));
        }
        put("request_id", Value::Plain(&self.request_id));
        if let Some(trace) = &self.trace {
            put("trace_id", Value::Plain(&trace.id));
        }
    }
}

/// The value of a member of a line.
pub(crate) enum Value<'a> {
    /// Text that is quoted and escaped.
    Text(&'a str),
    Number(u64),
    /// Text of letters, digits and plain punctuation only, which needs no escaping.
    Plain(&'a dyn fmt::Display),
}
