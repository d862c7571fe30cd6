//! HTTP requests from a test, with any test runtime or none.

use std::sync::mpsc;

use serde_json::Value;

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
    pub fn location(&self) -> &str {
        match self.header("location") {
            Some(location) => location,
            None => panic!("the response {} has no Location: {}", self.status, self.body),
        }
    }
}

/// Runs a future on another thread's runtime and blocks until it ends. The future must not need this thread.
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

impl Http {
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
    /// When no response is received.
    pub fn send(&self, method: &str, url: &str, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> Reply {
        let url = if url.starts_with('/') { format!("{}{url}", self.base) } else { url.to_owned() };
        let Ok(verb) = reqwest::Method::from_bytes(method.as_bytes()) else {
            panic!("{method:?} is not an HTTP method")
        };
        let mut request = self.client.request(verb, &url).body(body.into());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = wait_on(&self.runtime, async move {
            let response = request.send().await.map_err(|error| error.to_string())?;
            let status = response.status().as_u16();
            let headers = response.headers().iter();
            let headers =
                headers.map(|(n, v)| (n.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned())).collect();
            let body = response.text().await.map_err(|error| error.to_string())?;
            Ok::<_, String>(Reply { status, headers, body })
        });
        match reply {
            Ok(reply) => reply,
            Err(error) => panic!("{method} {url}: {error}"),
        }
    }

    /// `GET`
    pub fn get(&self, url: &str) -> Reply {
        self.send("GET", url, &[], "")
    }

    /// `POST` of JSON.
    pub fn post_json(&self, url: &str, body: &Value) -> Reply {
        self.send("POST", url, &[("content-type", "application/json")], body.to_string())
    }

    /// `PUT` of JSON.
    pub fn put_json(&self, url: &str, body: &Value) -> Reply {
        self.send("PUT", url, &[("content-type", "application/json")], body.to_string())
    }

    /// `POST` of a form.
    pub fn post_form(&self, url: &str, fields: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let mut all = vec![("content-type", "application/x-www-form-urlencoded")];
        all.extend_from_slice(headers);
        self.send("POST", url, &all, body)
    }
}
