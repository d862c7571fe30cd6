//! All variables together, and the files as the programs read them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::tls::Authority;

const ROOT: &str = "-----BEGIN CERTIFICATE-----\nUk9PVA==\n-----END CERTIFICATE-----\n";

/// An environment, with the folder that its files are in.
struct Prepared {
    folder: Folder,
    environment: Environment,
    authority: Authority,
}

impl Prepared {
    fn new(inherited: &Inherited) -> Self {
        let folder = Folder::create(&std::env::temp_dir()).unwrap();
        let authority = Authority::new(jiff::civil::date(2026, 1, 1)).unwrap();
        let setup = Setup {
            addresses: Addresses { plain: ([127, 0, 0, 1], 4001).into(), proxy: ([127, 0, 0, 1], 4002).into() },
            ca_pem: authority.pem(),
            ca_der: authority.der(),
            i_mid: "SHOP000001",
            merchant_key: "key",
            inherited,
            system_roots: ROOT,
            program: "",
        };
        let environment = Environment::prepare(&setup, &folder).unwrap();
        Self { folder, environment, authority }
    }

    fn value(&self, name: &str) -> &str {
        let found = self.environment.variables.iter().find(|(known, _)| known == name);
        found.and_then(|(_, value)| value.to_str()).unwrap_or_else(|| panic!("{name} is not set"))
    }

    fn file(&self, variable: &str) -> String {
        fs::read_to_string(self.value(variable)).unwrap()
    }

    /// The environment of a program that was started with it.
    fn inside(&self, before: &Inherited) -> Inherited {
        let mut all = before.clone();
        all.0.extend(self.environment.variables.iter().map(|(name, _)| (name.clone(), self.value(name).to_owned())));
        all
    }

    /// The text without what differs from one `exec` to another.
    fn neutral(&self, text: &str) -> String {
        text.replace(self.folder.path().to_str().unwrap(), "FOLDER").replace(self.authority.pem().trim(), "CA")
    }

    /// What a program prints that runs with it.
    fn output(&self, program: &str, arguments: &[&str]) -> Option<String> {
        let mut command = Command::new(program);
        command.args(arguments).envs(self.environment.variables.iter().map(|(name, value)| (name, value)));
        let Ok(output) = command.stdin(Stdio::null()).output() else {
            crate::cli::print_error(&format!("{program} is not installed: this was NOT TRIED"));
            return None;
        };
        Some(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    }
}

/// A folder with files of the user.
fn theirs(files: &[(&str, &str)]) -> Folder {
    let folder = Folder::create(&std::env::temp_dir()).unwrap();
    for (name, text) in files {
        folder.write(name, text.as_bytes()).unwrap();
    }
    folder
}

#[test]
fn an_empty_environment_gets_all_variables() {
    let prepared = Prepared::new(&Inherited::default());
    for (name, value) in [
        ("NICEPAY_SIM_URL", "http://127.0.0.1:4001"),
        ("NICEPAY_SIM_EXEC", "1"),
        ("NICEPAY_BASE_URL", "http://127.0.0.1:4001/nicepay"),
        ("NICEPAY_IMID", "SHOP000001"),
        ("NICEPAY_MERCHANT_KEY", "key"),
        ("HTTPS_PROXY", "http://127.0.0.1:4002"),
        ("https_proxy", "http://127.0.0.1:4002"),
        ("HTTP_PROXY", "http://127.0.0.1:4002"),
        ("http_proxy", "http://127.0.0.1:4002"),
        ("NO_PROXY", "127.0.0.1,localhost,::1"),
        ("no_proxy", "127.0.0.1,localhost,::1"),
        ("NODE_USE_ENV_PROXY", "1"),
    ] {
        assert_eq!(prepared.value(name), value);
    }
    let ca = prepared.authority.pem().trim();
    for name in ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE"] {
        assert!(prepared.file(name).starts_with(ROOT) && prepared.file(name).contains(ca), "{name}");
    }
    assert!(prepared.file("NODE_EXTRA_CA_CERTS").contains(ca) && !prepared.file("NODE_EXTRA_CA_CERTS").contains(ROOT));
    assert!(prepared.value("PHP_INI_SCAN_DIR").starts_with(':'));
    assert!(prepared.environment.notes.is_empty(), "{:?}", prepared.environment.notes);
}

#[test]
fn an_exec_inside_an_exec_adds_nothing_twice() {
    let before = Inherited::from([
        ("JAVA_TOOL_OPTIONS", "-Xmx64m -Dhttp.nonProxyHosts=intra.example"),
        ("NODE_OPTIONS", "--trace-warnings"),
        ("NO_PROXY", "intra.example"),
        ("PHP_INI_SCAN_DIR", "/their/php"),
    ]);
    let outer = Prepared::new(&before);
    let inner = Prepared::new(&outer.inside(&before));
    for (name, _) in &outer.environment.variables {
        // The bundles of the outer one are the source of the inner ones.
        let is_file = Path::new(outer.value(name)).is_file();
        let (outer_value, inner_value) = if is_file {
            (outer.file(name), inner.file(name))
        } else {
            (outer.value(name).to_owned(), inner.value(name).to_owned())
        };
        assert_eq!(inner.neutral(&inner_value), outer.neutral(&outer_value), "{name}");
    }
    assert!(inner.environment.notes.is_empty(), "{:?}", inner.environment.notes);
    for (name, theirs) in [
        ("JAVA_TOOL_OPTIONS", "-Xmx64m -Dhttp.nonProxyHosts=intra.example "),
        ("NODE_OPTIONS", "--trace-warnings "),
        ("NO_PROXY", "intra.example,"),
        ("PHP_INI_SCAN_DIR", "/their/php:"),
    ] {
        assert!(inner.value(name).starts_with(theirs), "{name}: {}", inner.value(name));
    }
}

#[test]
fn roots_and_certificates_that_were_added_stay_trusted() {
    let root = |text: &str| ROOT.replace("Uk9PVA==", text);
    let files = theirs(&[("a.pem", &root("QQ==")), ("b.pem", &root("Qg==")), ("bad.pem", "no certificate")]);
    let path = |name: &str| files.path().join(name).to_str().unwrap().to_owned();
    let prepared = Prepared::new(&Inherited::from([
        ("SSL_CERT_FILE", path("a.pem").as_str()),
        ("NODE_EXTRA_CA_CERTS", &path("b.pem")),
        ("REQUESTS_CA_BUNDLE", &path("bad.pem")),
    ]));
    for (name, roots) in [
        ("SSL_CERT_FILE", "QQ=="),
        ("CURL_CA_BUNDLE", "QQ=="),
        ("NODE_EXTRA_CA_CERTS", "Qg=="),
        ("REQUESTS_CA_BUNDLE", "Uk9PVA=="),
    ] {
        let text = prepared.file(name);
        assert!(text.contains(&root(roots)) && text.contains(prepared.authority.pem().trim()), "{name}: {text}");
        assert_eq!(bundle::ders(&text).len(), 2, "{name}");
    }
    assert!(prepared.environment.notes[0].contains("bad.pem"), "{:?}", prepared.environment.notes);
    let of_folder = Prepared::new(&Inherited::from([("REQUESTS_CA_BUNDLE", files.path().to_str().unwrap())]));
    assert_eq!(bundle::ders(&of_folder.file("REQUESTS_CA_BUNDLE")).len(), 3);
}

#[test]
fn a_proxy_that_was_set_and_an_exception_for_nicepay_are_told() {
    let prepared = Prepared::new(&Inherited::from([
        ("https_proxy", "http://me:secret@proxy.example:3128"),
        ("NO_PROXY", "localhost,.nicepay.co.id"),
    ]));
    let notes = prepared.environment.notes.join("\n");
    assert!(notes.contains("proxy.example:3128") && notes.contains(".nicepay.co.id"), "{notes}");
    assert!(!notes.contains("secret"), "{notes}");
}

#[test]
fn no_file_has_a_private_key() {
    let prepared = Prepared::new(&Inherited::default());
    let mut folders = vec![prepared.folder.path().to_owned()];
    let mut seen = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                seen += 1;
                let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
                assert!(!text.contains("PRIVATE KEY") && !text.contains("SHOP000001"), "{}", path.display());
            }
        }
    }
    assert!(seen >= 6, "{seen} files");
}

#[test]
fn a_jvm_reads_the_trust_store() {
    let prepared = Prepared::new(&Inherited::of_this_process());
    let store = prepared.folder.path().join("java.jks");
    let list = ["-list", "-storepass", "changeit", "-keystore", store.to_str().unwrap()];
    let Some(told) = prepared.output("keytool", &list) else { return };
    assert!(told.contains("nicepay-sim-exec, ") && told.contains("trustedCertEntry"), "{told}");
}

#[test]
fn a_trust_store_in_the_later_format_is_read_with_keytool() {
    let files = theirs(&[]);
    let other = Authority::new(jiff::civil::date(2026, 1, 1)).unwrap();
    let certificate = files.write("their.pem", other.pem().as_bytes()).unwrap();
    let store = files.path().join("their.p12");
    let options =
        format!("\"-Djavax.net.ssl.trustStore={}\" -Djavax.net.ssl.trustStorePassword=their-password", store.display());
    let import =
        ["-importcert", "-noprompt", "-storetype", "PKCS12", "-storepass", "their-password", "-alias", "theirs"];
    let files_of = ["-file", certificate.to_str().unwrap(), "-keystore", store.to_str().unwrap()];
    let empty = Prepared::new(&Inherited::default());
    let Some(told) = empty.output("keytool", &[&import[..], &files_of].concat()) else { return };
    let path = std::env::var("PATH").unwrap();
    let prepared = Prepared::new(&Inherited::from([("JAVA_TOOL_OPTIONS", options.as_str()), ("PATH", &path)]));
    let entries = jks::read(&fs::read(prepared.folder.path().join("java.jks")).unwrap()).unwrap();
    let ders: Vec<_> = entries.into_iter().map(|entry| entry.der).collect();
    assert_eq!(ders, [other.der().to_vec(), prepared.authority.der().to_vec()], "{told}");
    let value = prepared.value("JAVA_TOOL_OPTIONS");
    assert!(value.starts_with(&options) && value.contains("-Djavax.net.ssl.trustStorePassword=changeit"), "{value}");
    // What cannot be read is told.
    fs::write(&store, "no store").unwrap();
    let prepared = Prepared::new(&Inherited::from([("JAVA_TOOL_OPTIONS", options.as_str())]));
    assert!(prepared.environment.notes[0].contains("their.p12"), "{:?}", prepared.environment.notes);
}

#[test]
fn php_keeps_its_settings_and_its_prepended_file() {
    let mine = theirs(&[("mine.php", "<?php $mine = 'prepended';")]);
    let ini = format!("auto_prepend_file = \"{}\"\nmemory_limit = 77M\n", mine.path().join("mine.php").display());
    let scanned = std::env::temp_dir().join(format!("their-ini-{}", std::process::id()));
    fs::create_dir_all(&scanned).unwrap();
    fs::write(scanned.join("mine.ini"), ini).unwrap();
    let before = format!(":{}", scanned.display());
    let prepared = Prepared::new(&Inherited::from([("PHP_INI_SCAN_DIR", before.as_str())]));
    let script = mine
        .write(
            "script.php",
            br"<?php
            $filter = $wp_filter['http_request_args'][1000]['nicepay_sim'];
            $args = ['sslcertificates' => '/wp/ca-bundle.crt'];
            echo json_encode([
                $mine ?? null,
                ini_get('memory_limit'),
                is_readable(ini_get('curl.cainfo')) && ini_get('curl.cainfo') === ini_get('openssl.cafile'),
                $filter['function']($args, 'https://dev.nicepay.co.id/nicepay')['sslcertificates'] === ini_get('curl.cainfo'),
                $filter['function']($args, 'https://other.example/')['sslcertificates'],
                array_filter(array_keys(get_defined_vars()), fn ($name) => str_starts_with($name, 'nicepay')),
            ]);",
        )
        .unwrap();
    let told = prepared.output("php", &[script.to_str().unwrap()]);
    fs::remove_dir_all(&scanned).unwrap();
    let Some(told) = told else { return };
    assert_eq!(told, r#"["prepended","77M",true,true,"\/wp\/ca-bundle.crt",[]]"#);
}

#[test]
fn the_file_that_node_loads_does_nothing_else() {
    let prepared = Prepared::new(&Inherited::default());
    let script = "const tls = require('tls'); try { tls.connect({ host: '127.0.0.1', port: 1 }).on('error', (e) => \
                  console.log(e.code)) } catch (e) { console.log('threw', e) }";
    let Some(told) = prepared.output("node", &["-e", script]) else { return };
    assert_eq!(told.trim(), "ECONNREFUSED");
}
