//! Java: the proxy and the trust store as options that every JVM reads. They go behind those that are there: the last one
//! counts.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::jks::{self, Entry};
use super::{Environment, Setup, bundle, proxy, quoted};
use crate::cli::exec::folder::Folder;

const VARIABLE: &str = "JAVA_TOOL_OPTIONS";
/// Around our options, so that an `exec` inside this one can take them out.
const BEGIN: &str = "-Dnicepay-sim.exec=begin";
const END: &str = "-Dnicepay-sim.exec=end";
const TRUST_STORE: &str = "-Djavax.net.ssl.trustStore=";
const TRUST_STORE_PASSWORD: &str = "-Djavax.net.ssl.trustStorePassword=";
const NOT_BY_PROXY: &str = "-Dhttp.nonProxyHosts=";
/// What a JVM does not send to a proxy when nothing is set.
const LOCAL: [&str; 3] = ["localhost", "127.*", "[::1]"];
/// The name of our certificate in the store.
const ALIAS: &str = "nicepay-sim-exec";

pub(super) fn set(setup: &Setup<'_>, folder: &Folder, environment: &mut Environment) -> io::Result<()> {
    let before = without_ours(setup.inherited.get(VARIABLE).unwrap_or_default());
    let options = split(&before);
    let mut entries = roots(setup, &options, environment);
    entries.push(Entry { alias: ALIAS.to_owned(), date: 0, der: setup.ca_der.to_vec() });
    let store = folder.write("java.jks", &jks::write(&entries))?;
    let (host, port) = (setup.addresses.proxy.ip(), setup.addresses.proxy.port());
    let mut ours = vec![BEGIN.to_owned()];
    for scheme in ["https", "http"] {
        ours.extend([format!("-D{scheme}.proxyHost={host}"), format!("-D{scheme}.proxyPort={port}")]);
    }
    let excepted = last(&options, NOT_BY_PROXY).unwrap_or_default();
    ours.push(quoted(&format!("{NOT_BY_PROXY}{}", not_by_proxy(excepted, setup.inherited.get("NO_PROXY")))));
    ours.push(quoted(&format!("{TRUST_STORE}{}", store.display())));
    if options.iter().any(|option| option.starts_with("-Djavax.net.ssl.trustStore")) {
        // Those of the store that ours takes the place of do not fit it.
        ours.push(format!("{TRUST_STORE_PASSWORD}{}", jks::PASSWORD));
        ours.push("-Djavax.net.ssl.trustStoreType=JKS".to_owned());
    }
    ours.push(END.to_owned());
    environment.set(VARIABLE, [before, ours.join(" ")].join(" ").trim_start().to_owned());
    Ok(())
}

/// The options without those of an `exec` around this one.
fn without_ours(text: &str) -> String {
    let mut text = text.to_owned();
    while let Some(from) = text.find(BEGIN) {
        let to = text[from..].find(END).map_or(text.len(), |at| from + at + END.len());
        text.replace_range(from..to, "");
    }
    text.trim().to_owned()
}

/// Splits at blanks, except between quotes, as a JVM does.
fn split(text: &str) -> Vec<String> {
    let (mut all, mut option, mut quote) = (Vec::new(), String::new(), None);
    for c in text.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            None if c == '"' || c == '\'' => quote = Some(c),
            None if c.is_whitespace() => all.push(std::mem::take(&mut option)),
            _ => option.push(c),
        }
    }
    all.push(option);
    all.retain(|option| !option.is_empty());
    all
}

/// The value of an option: the last one counts.
fn last<'o>(options: &'o [String], name: &str) -> Option<&'o str> {
    options.iter().rev().find_map(|option| option.strip_prefix(name))
}

/// The hosts that are called directly: those that were, the defaults, and those of `NO_PROXY`.
fn not_by_proxy(before: &str, no_proxy: Option<&str>) -> String {
    let mut all: Vec<String> = before.split('|').filter(|host| !host.is_empty()).map(str::to_owned).collect();
    let from_environment = proxy::entries(no_proxy.unwrap_or_default())
        .filter(|entry| !proxy::LOCAL.contains(entry) && !entry.contains('/'))
        .map(|entry| if entry.starts_with('.') { format!("*{entry}") } else { entry.to_owned() });
    for host in LOCAL.map(str::to_owned).into_iter().chain(from_environment) {
        if !all.contains(&host) {
            all.push(host);
        }
    }
    all.join("|")
}

/// The roots of the store that is in force: that of the options, or the JVM's own.
fn roots(setup: &Setup<'_>, options: &[String], environment: &mut Environment) -> Vec<Entry> {
    let home = home(setup);
    let set = last(options, TRUST_STORE).map(PathBuf::from);
    let own = || home.as_deref().and_then(own_store);
    let Some(store) = set.or_else(own) else { return entries(setup.system_roots) };
    let password = last(options, TRUST_STORE_PASSWORD).unwrap_or(jks::PASSWORD);
    match read_store(&store, home.as_deref(), password) {
        Ok(entries) => entries,
        Err(reason) => {
            environment.note(format!(
                "Java's trust store {} cannot be read ({reason}): for this run, Java trusts the system's roots, and not \
                 what was added to that store",
                store.display()
            ));
            entries(setup.system_roots)
        }
    }
}

/// The certificates of a PEM text.
fn entries(pem: &str) -> Vec<Entry> {
    let numbered = bundle::ders(pem).into_iter().enumerate();
    numbered.map(|(number, der)| Entry { alias: format!("root-{number}"), date: 0, der }).collect()
}

fn read_store(store: &Path, home: Option<&Path>, password: &str) -> Result<Vec<Entry>, String> {
    let bytes = fs::read(store).map_err(|error| error.to_string())?;
    if jks::is_jks(&bytes) {
        return jks::read(&bytes).ok_or_else(|| "it is damaged".to_owned());
    }
    // A PKCS#12 of a later JVM. Its own tool prints the certificates; no key is printed.
    let tool = home.map(|home| home.join("bin/keytool")).filter(|tool| tool.exists());
    let output = Command::new(tool.unwrap_or_else(|| "keytool".into()))
        .args(["-list", "-rfc", "-storepass:env", "NICEPAY_SIM_STORE_PASSWORD", "-keystore"])
        .arg(store)
        .env("NICEPAY_SIM_STORE_PASSWORD", password)
        .env_remove(VARIABLE)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("it is no JKS, and keytool cannot be run: {error}"))?;
    let found = entries(&String::from_utf8_lossy(&output.stdout));
    if found.is_empty() { Err("keytool lists no certificate in it".to_owned()) } else { Ok(found) }
}

/// Where the JVM is: that of the program, of `JAVA_HOME`, or of the `PATH`.
fn home(setup: &Setup<'_>) -> Option<PathBuf> {
    let of_program =
        Some(Path::new(setup.program)).filter(|path| path.ends_with("java") && path.components().count() > 1);
    if let Some(home) = of_program.and_then(home_of_binary) {
        return Some(home);
    }
    let set = setup.inherited.get("JAVA_HOME").map(PathBuf::from).filter(|home| own_store(home).is_some());
    set.or_else(|| {
        let paths = std::env::split_paths(setup.inherited.get("PATH")?);
        let binary = paths.map(|folder| folder.join("java")).find(|binary| binary.is_file())?;
        home_of_binary(&binary).or_else(|| home_by_asking(&binary))
    })
}

/// `HOME/bin/java`, through all links.
fn home_of_binary(binary: &Path) -> Option<PathBuf> {
    let binary = binary.canonicalize().ok()?;
    let home = binary.parent()?.parent()?;
    own_store(home).map(|_| home.to_owned())
}

/// What a JVM says that is behind a script, as version managers install them.
fn home_by_asking(binary: &Path) -> Option<PathBuf> {
    let output = Command::new(binary)
        .args(["-XshowSettings:properties", "-version"])
        .env_remove(VARIABLE)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    said.lines().find_map(|line| line.trim().strip_prefix("java.home = ")).map(PathBuf::from)
}

/// The JVM's own store; Java 8 has it elsewhere.
fn own_store(home: &Path) -> Option<PathBuf> {
    ["lib/security/jssecacerts", "lib/security/cacerts", "jre/lib/security/cacerts"]
        .into_iter()
        .map(|path| home.join(path))
        .find(|path| path.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_split_as_a_jvm_splits_them() {
        assert_eq!(split("-Xmx1g  \"-Da=b c\" -Dd='e f'"), ["-Xmx1g", "-Da=b c", "-Dd=e f"]);
        assert_eq!(last(&split("-Da=1 -Da=2"), "-Da="), Some("2"));
    }

    #[test]
    fn those_of_an_outer_exec_are_taken_out() {
        assert_eq!(without_ours(&format!("-Xmx1g {BEGIN} -Da=b {END} -Xms1m")), "-Xmx1g  -Xms1m");
        assert_eq!(without_ours(&format!("{BEGIN} -Da=b {END}")), "");
    }

    #[test]
    fn what_was_called_directly_still_is() {
        assert_eq!(not_by_proxy("", None), "localhost|127.*|[::1]");
        assert_eq!(
            not_by_proxy("a.example|127.*", Some("localhost,.b.example,10.0.0.0/8")),
            "a.example|127.*|localhost|[::1]|*.b.example"
        );
    }
}
