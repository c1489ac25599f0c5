//! What a page complains about: errors that it shows, requests that fail, exceptions.

use serde_json::Value;
use std::collections::BTreeMap;

/// The complaints of a page, in their order.
#[derive(Debug)]
pub(crate) struct Troubles {
    /// Where requests go to that are of concern. The console also asks elsewhere how many
    /// stars it has.
    origin: String,
    /// The requests that are under way.
    requests: BTreeMap<String, String>,
    found: Vec<String>,
    calls: Vec<String>,
}

// === impl Troubles ===

impl Troubles {
    /// The name under which the page reports an error that it shows.
    pub(crate) const REPORT: &str = "reportError_";

    /// Begins without any, for requests to this origin.
    pub(crate) fn of(origin: &str) -> Self {
        Self {
            origin: origin.to_owned(),
            requests: BTreeMap::new(),
            found: Vec::new(),
            calls: Vec::new(),
        }
    }

    /// Takes note of an event.
    pub(crate) fn note(&mut self, event: &Value) {
        let parameters = &event["params"];
        let request = parameters["requestId"].as_str().unwrap_or_default();
        match event["method"].as_str().unwrap_or_default() {
            "Network.requestWillBeSent" => {
                let sent = &parameters["request"];
                if let Some(path) = text(&sent["url"]).strip_prefix(&*self.origin) {
                    let call = format!("{} {path}", text(&sent["method"]));
                    self.requests.insert(request.to_owned(), call);
                }
            }
            "Network.responseReceived" => {
                let status = parameters["response"]["status"].as_u64().unwrap_or(0);
                if let Some(call) = self.requests.get(request) {
                    if status >= 400 {
                        self.found.push(format!("{call}: {status}"));
                    }
                    self.calls.push(format!("{status} {call}"));
                }
            }
            "Network.loadingFinished" => _ = self.requests.remove(request),
            "Network.loadingFailed" => {
                let call = self.requests.remove(request);
                if let Some(call) = call
                    && parameters["canceled"] != true
                {
                    let error = text(&parameters["errorText"]);
                    self.found.push(format!("{call}: {error}"));
                }
            }
            "Runtime.bindingCalled" if parameters["name"] == Self::REPORT => {
                let shown = text(&parameters["payload"]);
                self.found.push(format!("shown: {shown}"));
            }
            "Runtime.exceptionThrown" => {
                let details = &parameters["exceptionDetails"];
                let thrown = &details["exception"]["description"];
                let thrown = thrown.as_str().or(details["text"].as_str());
                let thrown = thrown.unwrap_or_default();
                self.found.push(format!("thrown: {thrown}"));
            }
            "Runtime.consoleAPICalled" if parameters["type"] == "error" => {
                let arguments = &parameters["args"];
                self.found.push(format!("console: {arguments}"));
            }
            // Failed requests are above.
            "Log.entryAdded"
                if parameters["entry"]["level"] == "error"
                    && parameters["entry"]["source"] != "network" =>
            {
                let logged = text(&parameters["entry"]["text"]);
                self.found.push(format!("log: {logged}"));
            }
            _ => {}
        }
    }

    /// Returns whether no request is under way.
    pub(crate) fn is_idle(&self) -> bool {
        self.requests.is_empty()
    }

    /// Returns the complaints since it was last asked.
    pub(crate) fn take(&mut self) -> Vec<String> {
        std::mem::take(&mut self.found)
    }

    /// Returns the calls since it was last asked, each with its status.
    pub(crate) fn take_calls(&mut self) -> Vec<String> {
        std::mem::take(&mut self.calls)
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
