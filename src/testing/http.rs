//! HTTP requests from a test, with any test runtime or none.

use std::sync::mpsc;

use serde_json::Value;

use crate::paths;

const JSON: &[(&str, &str)] = &[("content-type", "application/json")];

/// Sends requests to one simulator and waits for the responses. It does not follow redirects.
#[derive(Clone, Debug)]
pub struct Http {
    runtime: tokio::runtime::Handle,
    client: reqwest::Client,
    base: String,
}

/// A response.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The headers in the order in which they were received; names are in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as text.
    pub body: String,
}

impl Reply {
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        match serde_json::from_str(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("the response {} is not JSON ({error}): {}", self.status, self.body),
        }
    }

    /// The value of a header; `name` is in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// NICEPAY's `resultCd`.
    ///
    /// # Panics
    /// When the response has none.
    #[track_caller]
    pub fn result_cd(&self) -> String {
        match &self.json()["resultCd"] {
            Value::String(code) => code.clone(),
            _ => panic!("the response {} has no resultCd: {}", self.status, self.body),
        }
    }

    /// NICEPAY's `tXid`.
    ///
    /// # Panics
    /// When the response has none.
    #[track_caller]
    pub fn t_xid(&self) -> String {
        match &self.json()["tXid"] {
            Value::String(t_xid) => t_xid.clone(),
            _ => panic!("the response {} has no tXid: {}", self.status, self.body),
        }
    }

    /// The detail of a problem of the control API; otherwise the body.
    pub(super) fn detail(&self) -> String {
        let problem: Option<Value> = serde_json::from_str(&self.body).ok();
        problem.and_then(|problem| problem["detail"].as_str().map(str::to_owned)).unwrap_or_else(|| self.body.clone())
    }

    /// The slug of `X-Sim-Diagnosis`; empty without a diagnosis.
    pub fn diagnosis(&self) -> &str {
        self.header("x-sim-diagnosis").and_then(|text| text.split(':').next()).unwrap_or_default()
    }

    /// The Location of a redirect.
    ///
    /// # Panics
    /// When the response is not a redirect.
    #[track_caller]
    pub fn location(&self) -> &str {
        match self.header("location") {
            Some(location) => location,
            None => panic!("the response {} has no Location: {}", self.status, self.body),
        }
    }
}

/// JSON as bytes; none for null.
fn bytes(body: &Value) -> Vec<u8> {
    if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }
}

/// The response, if there is one.
#[track_caller]
fn received(method: &str, url: &str, reply: Result<Reply, String>) -> Reply {
    match reply {
        Ok(reply) => reply,
        Err(error) => panic!("{method} {url}: {error}"),
    }
}

/// Whether this thread is the only one of a runtime.
pub(super) fn is_only_thread() -> bool {
    let runtime = tokio::runtime::Handle::try_current();
    runtime.is_ok_and(|runtime| runtime.runtime_flavor() == tokio::runtime::RuntimeFlavor::CurrentThread)
}

/// Panics where waiting would block the only thread of a runtime: an application in it could not answer the simulator.
#[track_caller]
pub(super) fn check_thread() {
    assert!(
        !is_only_thread(),
        "this call waits for your application, but blocks the only thread of the test's runtime. Use the async form \
         (`advance_async`, `drain_async`, `within_async`, `check_async`), or `sim.run(|sim| …).await` for any other call; \
         or give the test more threads: #[tokio::test(flavor = \"multi_thread\")]"
    );
}

/// Runs a future on the simulator's runtime and blocks until it ends.
#[track_caller]
pub(super) fn wait_on<T: Send + 'static>(
    runtime: &tokio::runtime::Handle,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    let (done, wait) = mpsc::channel();
    runtime.spawn(async move {
        let _ = done.send(future.await);
    });
    match wait.recv() {
        Ok(output) => output,
        Err(mpsc::RecvError) => panic!("the simulator ended while a test waited for it"),
    }
}

/// Runs a future on the simulator's runtime.
pub(super) async fn run_on<T: Send + 'static>(
    runtime: &tokio::runtime::Handle,
    future: impl Future<Output = T> + Send + 'static,
) -> T {
    match runtime.spawn(future).await {
        Ok(output) => output,
        Err(error) => panic!("the simulator ended while a test waited for it: {error}"),
    }
}

impl Http {
    #[track_caller]
    pub(super) fn new(runtime: tokio::runtime::Handle, base: String) -> Self {
        let built = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        match built {
            Ok(client) => Self { runtime, client, base },
            Err(error) => panic!("cannot create an HTTP client: {error}"),
        }
    }

    /// `http://127.0.0.1:PORT`
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request. `url` may be a path of the simulator.
    ///
    /// # Panics
    /// When no response is received, and on the only thread of a runtime.
    #[track_caller]
    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
        check_thread();
        received(method, url, wait_on(&self.runtime, self.request(method, url, headers, body.into())))
    }

    /// A call of the control API that does not wait for a merchant. It works on every thread.
    #[track_caller]
    pub(super) fn call(&self, method: &str, path: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", paths::API);
        received(method, &url, wait_on(&self.runtime, self.request(method, &url, JSON, bytes(body))))
    }

    /// The same for a call that may wait for a merchant.
    pub(super) async fn call_async(&self, method: &str, path: &str, body: &Value) -> Reply {
        let url = format!("{}{path}", paths::API);
        received(method, &url, run_on(&self.runtime, self.request(method, &url, JSON, bytes(body))).await)
    }

    #[track_caller]
    fn request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: Vec<u8>,
    ) -> impl Future<Output = Result<Reply, String>> + Send + use<> {
        let url = if url.starts_with('/') { format!("{}{url}", self.base) } else { url.to_owned() };
        let Ok(verb) = reqwest::Method::from_bytes(method.as_bytes()) else {
            panic!("{method:?} is not an HTTP method")
        };
        let mut request = self.client.request(verb, &url).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async move {
            let response = request.send().await.map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            let headers = response.headers().iter();
            let headers =
                headers.map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
            let body = response.text().await.map_err(|error| error.to_string())?;
            Ok(Reply { status, headers, body })
        }
    }

    /// `GET`
    #[track_caller]
    pub fn get(&self, url: &str) -> Reply {
        self.send("GET", url, &[], "")
    }

    /// `POST` of JSON.
    #[track_caller]
    pub fn post_json(&self, url: &str, body: &Value) -> Reply {
        self.send("POST", url, JSON, body.to_string())
    }

    /// `PUT` of JSON.
    #[track_caller]
    pub fn put_json(&self, url: &str, body: &Value) -> Reply {
        self.send("PUT", url, JSON, body.to_string())
    }

    /// `POST` of a form.
    #[track_caller]
    pub fn post_form(&self, url: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send("POST", url, &all, body)
    }
}
