//! Why nothing arrived: the clients that no variable reaches, by language (`docs/guides/exec.md`).

use std::path::Path;

use super::tally::ProxyCounts;
use crate::endpoints::HOSTS;

/// A language, the programs that run it, and its clients that do not come.
struct Language {
    name: &'static str,
    programs: &'static [&'static str],
    /// Clients that do not use the proxy.
    no_proxy: &'static str,
    /// Clients that do not trust the CA.
    no_trust: &'static str,
}

const LANGUAGES: [Language; 8] = [
    Language {
        name: "PHP",
        programs: &["php", "composer", "artisan", "phpunit", "pest", "wp", "symfony", "frankenphp"],
        no_proxy: "fsockopen and the streams of PHP (file_get_contents, SoapClient) use a proxy only when the program names \
                   it; curl and Guzzle use it by themselves",
        no_trust: "CURLOPT_CAINFO, or Guzzle's `verify` with a file, takes the place of the roots; `php -n` reads no ini \
                   file",
    },
    Language {
        name: "php-fpm or a web server",
        programs: &["php-fpm", "apache2", "apache2-foreground", "apache2ctl", "httpd", "nginx", "caddy"],
        no_proxy: "a server that was started before does not get these variables: let exec start it. php-fpm hides them \
                   from its workers: set clear_env = no in its pool",
        no_trust: "CURLOPT_CAINFO, or an ini file of the pool with curl.cainfo, takes the place of the roots",
    },
    Language {
        name: "Node",
        programs: &[
            "node", "nodejs", "npm", "npx", "yarn", "pnpm", "bun", "deno", "tsx", "ts-node", "jest", "vitest", "next",
        ],
        no_proxy: "a process whose environment has no NODE_OPTIONS (a child or a worker with its own `env`) does not use the \
                   proxy. Bun and Deno do not read NODE_OPTIONS",
        no_trust: "an agent with its own `ca` trusts only that",
    },
    Language {
        name: "Python",
        programs: &[
            "python",
            "pytest",
            "uvicorn",
            "gunicorn",
            "flask",
            "django-admin",
            "manage.py",
            "uv",
            "poetry",
            "pipenv",
            "tox",
        ],
        no_proxy: "http.client, urllib3.PoolManager, aiohttp without trust_env, and `trust_env = False` do not use the \
                   proxy; requests, httpx and urllib.request do",
        no_trust: "`verify=` with a file, or a context with certifi's file, takes the place of the roots",
    },
    Language {
        name: "Java",
        programs: &["java", "mvn", "mvnw", "gradle", "gradlew", "kotlin", "sbt", "scala", "catalina.sh", "jshell"],
        no_proxy: "Apache HttpClient's createDefault and Netty do not use the proxy (createSystem does); a Gradle daemon \
                   that already runs does not get these variables (gradle --no-daemon)",
        no_trust: "a trust store that the program names itself takes the place of the JVM's",
    },
    Language {
        name: "Ruby",
        programs: &["ruby", "rails", "rake", "bundle", "rspec", "puma", "irb"],
        no_proxy: "Net::HTTP.new(host, port, nil) and raw sockets do not use the proxy",
        no_trust: "`ca_file` in the program takes the place of the roots",
    },
    Language {
        name: "Go",
        programs: &["go", "air"],
        no_proxy: "an http.Transport without `Proxy: http.ProxyFromEnvironment` does not use the proxy",
        no_trust: "`RootCAs` in the program takes the place of the roots; on macOS, Go trusts only the keychain",
    },
    Language {
        name: "Rust or another compiled program",
        programs: &["cargo"],
        no_proxy: "ureq 3, hyper without a proxy connector, and Go's http.Transport without `Proxy` do not use the proxy",
        no_trust: "roots that are compiled in (webpki-roots, as in reqwest 0.12's rustls-tls and in ureq) cannot be \
                   extended: change the program to the system's roots",
    },
];

/// What may be the reason that no request arrived, and what to do.
pub(super) fn advice(program: &str, proxy: &ProxyCounts) -> String {
    let language = language_of(program);
    let mut lines = Vec::new();
    if proxy.failed_handshakes > 0 {
        lines.push(
            "The program came through the proxy, but it does not trust the CA of this run. Likely reasons:".to_owned(),
        );
        lines.extend(each(language, |language| language.no_trust));
    } else if proxy.tunnels > 0 {
        lines.push("The program opened a connection through the proxy, and sent no complete request.".to_owned());
    } else if proxy.elsewhere > 0 {
        lines.push(format!(
            "The program uses the proxy, but called other hosts only. Is NICEPAY's address in it another one than \
             https://{}?",
            HOSTS[0]
        ));
    } else {
        lines.push("The program opened no connection, or did not use the proxy. Likely reasons:".to_owned());
        lines.extend(each(language, |language| language.no_proxy));
        lines.push("Where no variable helps, send the host here by the hosts file, and listen on port 443:".to_owned());
        lines.push(format!("  127.0.0.1 {}", HOSTS[0]));
        lines.push("  sudo nicepay-sim --tls-listen 127.0.0.1:443".to_owned());
        lines.push("`nicepay-sim ca` shows how each language trusts its CA.".to_owned());
    }
    lines.push("`nicepay-sim exec --check` tries each runtime on this machine.".to_owned());
    format!("  {}\n", lines.join("\n  "))
}

/// Why a program of a known language may not trust the CA.
pub(super) fn why_untrusted(program: &str) -> &'static str {
    language_of(program).map_or("its roots are set elsewhere", |language| language.no_trust)
}

/// The reasons of a language; of all where it is not known.
fn each(language: Option<&'static Language>, reason: impl Fn(&Language) -> &'static str) -> Vec<String> {
    let all = language.map_or(&LANGUAGES[..], std::slice::from_ref);
    all.iter().map(|language| format!("- {}: {}", language.name, reason(language))).collect()
}

/// The language of a program, by its name: `/usr/bin/php8.2` is PHP.
fn language_of(program: &str) -> Option<&'static Language> {
    let file = Path::new(program).file_name()?.to_str()?;
    let by_ending = match Path::new(file).extension().and_then(|extension| extension.to_str()) {
        Some("php" | "phar") => Some("php"),
        Some("js" | "cjs" | "mjs" | "ts") => Some("node"),
        Some("py") => Some("python"),
        Some("rb") => Some("ruby"),
        Some("jar") => Some("java"),
        _ => None,
    };
    let is_version = |rest: &str| rest.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
    let fits = |known: &&'static str| by_ending == Some(known) || file.strip_prefix(*known).is_some_and(is_version);
    LANGUAGES.iter().find(|language| language.programs.iter().any(fits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_is_known_by_the_name_of_its_programs() {
        for (program, name) in [
            ("php", Some("PHP")),
            ("/usr/bin/php8.2", Some("PHP")),
            ("php-fpm8.2", Some("php-fpm or a web server")),
            ("./shop.py", Some("Python")),
            ("python3", Some("Python")),
            ("npm", Some("Node")),
            ("./gradlew", Some("Java")),
            ("/opt/jdk/bin/java", Some("Java")),
            ("bundle", Some("Ruby")),
            ("go", Some("Go")),
            ("gopher", None),
            ("./shop", None),
        ] {
            assert_eq!(language_of(program).map(|language| language.name), name, "{program}");
        }
    }

    #[test]
    fn the_advice_follows_what_the_proxy_saw() {
        let nothing = ProxyCounts::default();
        let told = advice("java", &nothing);
        assert!(told.contains("createDefault") && told.contains("hosts file") && !told.contains("fsockopen"), "{told}");
        let untrusted = ProxyCounts { tunnels: 1, failed_handshakes: 1, ..nothing.clone() };
        let told = advice("./shop", &untrusted);
        assert!(
            told.contains("compiled in") && told.contains("CURLOPT_CAINFO") && !told.contains("hosts file"),
            "{told}"
        );
        let elsewhere = ProxyCounts { elsewhere: 2, ..nothing.clone() };
        assert!(advice("php", &elsewhere).contains("called other hosts only"));
        let all = advice("./shop", &nothing);
        for spot in ["fsockopen", "clear_env", "createDefault", "ProxyFromEnvironment", "PoolManager", "ureq 3"] {
            assert!(all.contains(spot), "{spot} is not in {all}");
        }
    }
}
