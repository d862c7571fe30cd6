//! The variables that lead an unmodified program here, and the files that they name.
//!
//! Which client honours what was tried, one by one: the pages that `docs/guides/exec.md` lists. A value that is there already is extended. What
//! an `exec` around this one added is taken out first, so that nothing is there twice.

mod bundle;
mod java;
mod jks;
mod node;
mod php;
mod proxy;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::net::SocketAddr;

use super::folder::Folder;

pub(super) use bundle::system_roots;

/// Where the simulator can be reached.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addresses {
    /// The plain listener.
    pub(super) plain: SocketAddr,
    /// The proxy that leads NICEPAY's hosts to the simulator.
    pub(super) proxy: SocketAddr,
}

/// What the variables are made of.
#[derive(Debug)]
pub(super) struct Setup<'a> {
    pub(super) addresses: Addresses,
    /// The certificate of the CA of this run, as PEM.
    pub(super) ca_pem: &'a str,
    /// The same, as DER.
    pub(super) ca_der: &'a [u8],
    /// The merchant for whom the simulator has a key.
    pub(super) i_mid: &'a str,
    pub(super) merchant_key: &'a str,
    /// The environment of this process.
    pub(super) inherited: &'a Inherited,
    /// The roots of the system, as PEM.
    pub(super) system_roots: &'a str,
    /// The program that will run; it may be the path of a JVM.
    pub(super) program: &'a str,
}

/// The variables to set, and what a person should know about them.
#[derive(Debug, Default)]
pub(in crate::cli) struct Environment {
    /// Names and values.
    pub(in crate::cli) variables: Vec<(String, OsString)>,
    /// What is lost or in the way, one sentence each.
    pub(super) notes: Vec<String>,
}

impl Environment {
    /// Writes the files to `folder`.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn prepare(setup: &Setup<'_>, folder: &Folder) -> io::Result<Self> {
        let mut environment = Self::default();
        environment.set_address(setup);
        proxy::set(setup, &mut environment);
        let bundle = bundle::set(setup, folder, &mut environment)?;
        node::set(setup, folder, &mut environment)?;
        java::set(setup, folder, &mut environment)?;
        php::set(setup, &bundle, folder, &mut environment)?;
        Ok(environment)
    }

    /// For programs whose address can be set.
    fn set_address(&mut self, setup: &Setup<'_>) {
        let url = format!("http://{}", setup.addresses.plain);
        self.set("NICEPAY_BASE_URL", format!("{url}/nicepay"));
        self.set("NICEPAY_SIM_URL", url);
        // The clients for tests keep their merchants then: the report is about them.
        self.set("NICEPAY_SIM_EXEC", "1");
        self.set("NICEPAY_IMID", setup.i_mid);
        self.set("NICEPAY_MERCHANT_KEY", setup.merchant_key);
    }

    fn set(&mut self, name: &str, value: impl Into<OsString>) {
        self.variables.push((name.to_owned(), value.into()));
    }

    fn note(&mut self, text: String) {
        self.notes.push(text);
    }
}

/// The environment of this process, as text. A value that is no Unicode is left out: it names no file of ours.
#[derive(Clone, Debug, Default)]
pub(super) struct Inherited(BTreeMap<String, String>);

impl Inherited {
    /// That of this process.
    pub(super) fn of_this_process() -> Self {
        Self(
            std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        )
    }

    /// The value; none where it is empty or not set.
    fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// The value, even where it is empty.
    fn raw(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
impl<const N: usize> From<[(&str, &str); N]> for Inherited {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
    }
}

/// A path between quotes, for variables that are split at blanks.
fn quoted(path: &str) -> String {
    if path.contains([' ', '\t']) { format!("\"{path}\"") } else { path.to_owned() }
}

#[cfg(test)]
mod tests;
