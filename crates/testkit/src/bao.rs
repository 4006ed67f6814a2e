//! A real `OpenBao` server with TLS, in memory, for tests of vaults.

use std::{
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

/// The server. Ends with its test.
#[derive(Debug)]
pub struct Bao {
    child: Child,
    program: PathBuf,
    folder: tempfile::TempDir,
    /// Where it listens, on this machine.
    pub port: u16,
}

impl Bao {
    /// Starts it and makes a transit engine with the key `chat` and a policy that may use it.
    pub fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/openbao.sh");
        let found = Command::new("bash").arg(script).output().expect("bash runs");
        let program = PathBuf::from(String::from_utf8(found.stdout).expect("text").trim());
        assert!(program.exists(), "OpenBao is missing; scripts/setup.sh test installs it");
        let folder = tempfile::tempdir().expect("a folder");
        let port = crate::instance::free_port().expect("a port");
        let log = std::fs::File::create(folder.path().join("log")).expect("a file");
        let mut command = Command::new(&program);
        command.args(["server", "-dev", "-dev-tls", "-dev-no-store-token", "-dev-root-token-id=root"]);
        command.arg(format!("-dev-tls-cert-dir={}", folder.path().display()));
        command.arg(format!("-dev-listen-address=127.0.0.1:{port}"));
        command.env_clear().env("HOME", folder.path()).current_dir(folder.path());
        let child = command.stdin(Stdio::null()).stdout(log).stderr(Stdio::null()).spawn().expect("starts");
        let mut bao = Self { child, program, folder, port };
        while bao.key().is_none() || !bao.ask(&["status"]).status.success() {
            assert!(bao.child.try_wait().expect("is ours").is_none(), "OpenBao ended");
            std::thread::sleep(Duration::from_millis(100));
        }
        bao.run(&["secrets", "enable", "transit"]);
        bao.run(&["write", "-f", "transit/keys/chat", "type=aes256-gcm96"]);
        let policy = bao.path("policy.hcl");
        std::fs::write(&policy, "path \"transit/*\" { capabilities = [\"read\", \"update\"] }").expect("written");
        bao.run(&["policy", "write", "chat", &policy.display().to_string()]);
        bao
    }

    /// A file in a folder that ends with it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The certificate of who vouches for it.
    pub fn authority(&self) -> PathBuf {
        let entries = std::fs::read_dir(self.folder.path()).expect("reads").flatten().map(|entry| entry.path());
        let mut found = entries.filter(|path| path.to_string_lossy().ends_with("ca.pem"));
        found.next().unwrap_or_else(|| self.path("ca.pem"))
    }

    fn key(&self) -> Option<String> {
        let log = std::fs::read_to_string(self.path("log")).unwrap_or_default();
        log.lines().find_map(|line| line.strip_prefix("Unseal Key: ").map(str::to_owned))
    }

    fn ask(&self, arguments: &[&str]) -> std::process::Output {
        let mut command = Command::new(&self.program);
        command.args(arguments).env_clear().env("HOME", self.folder.path()).env("BAO_TOKEN", "root");
        command.env("BAO_ADDR", format!("https://127.0.0.1:{}", self.port)).env("BAO_CACERT", self.authority());
        command.output().expect("runs")
    }

    /// Runs its command line as its administrator.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.ask(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text").trim().to_owned()
    }

    /// A token for the policy.
    pub fn token(&self) -> String {
        self.run(&["token", "create", "-policy=chat", "-ttl=1h", "-field=token"])
    }

    /// Opens it after `operator seal`.
    pub fn unseal(&self) {
        self.run(&["operator", "unseal", &self.key().expect("it was printed")]);
    }
}

impl Drop for Bao {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
