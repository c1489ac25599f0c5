//! What is done with each request and its answer.

use super::{
    access_log::{AccessLine, AccessLog, Logged},
    caller::{CallerIds, CallerPlace},
    method::MethodName,
    route::RouteTemplate,
    trace::trace_id,
};
use crate::{
    api::Api,
    error::cause_line::CauseLine,
    metrics::{Metrics, limit::Limit},
    request_id::{self, REQUEST_ID},
};
use actix_http::{HttpMessage, Request};
use actix_web::{
    HttpRequest,
    body::{BodySize, MessageBody},
    dev::ServiceResponse,
    http::header::HeaderValue,
};
use apikey_domain::port::secret_source::SecretSource;
use std::{
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

/// What observes the requests of a server. Clones share one state; each worker has one, so
/// that none writes where others do.
#[derive(Clone, Default)]
pub(crate) struct Observer {
    pub(crate) metrics: Option<Arc<Metrics>>,
    /// Makes ids of requests; without it there are none.
    pub(crate) secrets: Option<Arc<dyn SecretSource>>,
    pub(crate) access_log: AccessLog,
}

/// A request that is being answered. Dropped before that, it was given up by its client.
pub(crate) struct UnderWay {
    observer: Rc<Observer>,
    method: MethodName,
    route: RouteTemplate,
    began: Instant,
    is_answered: bool,
}

// === impl Observer ===

impl Observer {
    /// Returns what observes the requests to `api`.
    pub(crate) fn of(api: &Api, access_log: AccessLog) -> Self {
        Self {
            metrics: api.metrics.clone(),
            secrets: Some(Arc::clone(&api.keys.secrets)),
            access_log,
        }
    }

    /// Begins to observe a request.
    pub(crate) fn begin(self: &Rc<Self>, request: &Request) -> UnderWay {
        let route = RouteTemplate::of(request.path());
        if self.access_log.has_each(route) {
            request.extensions_mut().insert(CallerPlace::default());
        }
        UnderWay {
            observer: Rc::clone(self),
            method: request.method().into(),
            route,
            began: Instant::now(),
            is_answered: false,
        }
    }

    /// Observes a request that is refused before its head could be read, or while it was
    /// awaited for so long. Returns the id for its answer.
    pub(crate) fn refused(&self, status: u16, duration: Duration) -> Option<HeaderValue> {
        let (method, route) = (MethodName::OTHER, RouteTemplate::UNREAD);
        if let Some(metrics) = &self.metrics {
            metrics.answered(method, route, status, duration);
        }
        let request_id = self.random_id();
        if self.access_log.has(route, status) {
            let now = Instant::now();
            let line = AccessLine {
                method,
                route,
                began: now.checked_sub(duration).unwrap_or(now),
                request_id: request_id.clone(),
                caller: CallerIds::default(),
                trace_id: None,
            };
            line.write(Some(status));
        }
        request_id
    }

    fn random_id(&self) -> Option<HeaderValue> {
        let secrets = self.secrets.as_ref()?;
        Some(request_id::random(&**secrets))
    }
}

// === impl UnderWay ===

impl UnderWay {
    /// Observes the answer, and gives it an id, unless it is that to a good key: then it has
    /// the id that its request came with, if that had one.
    pub(crate) fn answered(mut self, mut response: ServiceResponse) -> ServiceResponse {
        self.is_answered = true;
        let status = response.status().as_u16();
        if let Some(metrics) = &self.observer.metrics {
            metrics.answered(self.method, self.route, status, self.began.elapsed());
            if status >= 400
                && let Some(limit) = response.response().extensions().get::<Limit>()
            {
                metrics.limited(*limit);
            }
        }
        if !response.headers().contains_key(REQUEST_ID) {
            let given = request_id::given(response.request().headers());
            let is_needed = !(self.route.is_verification() && status < 300);
            let random = || is_needed.then(|| self.observer.random_id()).flatten();
            if let Some(id) = given.or_else(random) {
                response.headers_mut().insert(REQUEST_ID, id);
            }
        }
        if status >= 500 {
            let line = response
                .response_mut()
                .extensions_mut()
                .remove::<CauseLine>();
            if let Some(line) = line {
                line.write_for(response.headers().get(REQUEST_ID).cloned());
            }
        }
        if !self.observer.access_log.has(self.route, status) {
            return response;
        }
        let line = AccessLine {
            request_id: response.headers().get(REQUEST_ID).cloned(),
            ..self.line(Some(response.request()))
        };
        if response.response().body().size() == BodySize::Stream {
            return response.map_body(|_, body| Logged::body(body, status, line));
        }
        line.write(Some(status));
        response
    }

    fn line(&self, request: Option<&HttpRequest>) -> AccessLine {
        let trace_id = request.and_then(|request| trace_id(request.headers()));
        AccessLine {
            method: self.method,
            route: self.route,
            began: self.began,
            request_id: None,
            caller: request.map(CallerIds::of).unwrap_or_default(),
            trace_id: trace_id.map(ToOwned::to_owned),
        }
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        if !self.is_answered && self.observer.access_log.has_each(self.route) {
            self.line(None).write(None);
        }
    }
}
