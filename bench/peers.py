"""peers.py -- other gateways, each from its own package into build/bench/peers, and configured to
do no more than pass a request on: no database, no cache, no limits. One that cannot be installed or
does not start is in the report with its own words.
"""
import json
import os
import shutil
import subprocess

from targets import TOP, NotStarted, Target, free_port

PEERS = os.path.join(TOP, "build/bench/peers")
INSTALL_SECONDS = 1200


class Peer(Target):
    install_commands = ()  # each a list of words; the first that works will do
    start_seconds = 90

    @property
    def home(self):
        return os.path.join(PEERS, self.name)

    def program(self):
        raise NotImplementedError

    def install(self):
        """Once; what is there already stays."""
        if os.path.exists(self.program()):
            return
        os.makedirs(self.home, exist_ok=True)
        failed = []
        for command in self.install_commands:
            words = [w.format(home=self.home) for w in command]
            if shutil.which(words[0]) is None:
                failed.append("there is no %s" % words[0])
                continue
            done = subprocess.run(words, capture_output=True, text=True, timeout=INSTALL_SECONDS,
                                  env={**os.environ, "GOBIN": self.home})
            if done.returncode == 0 and os.path.exists(self.program()):
                return
            failed.append("%s: %s" % (" ".join(command[:3]), (done.stderr or done.stdout).strip()[-300:]))
        raise NotStarted("not installed: " + "; ".join(failed))

    def open(self):
        try:
            self.install()
        except subprocess.TimeoutExpired as e:
            raise NotStarted("not installed within %d s" % INSTALL_SECONDS) from e
        self.port = free_port()
        self.launch()

    def launch(self):
        raise NotImplementedError


class Portkey(Peer):
    settings = "as packaged; the vendor is named by headers of each request"
    install_commands = (["npm", "install", "--no-audit", "--no-fund", "--prefix", "{home}",
                         "@portkey-ai/gateway"],)

    def program(self):
        return os.path.join(self.home, "node_modules/@portkey-ai/gateway/build/start-server.js")

    def launch(self):
        self.key = ("sk-bench\r\nx-portkey-provider: openai\r\nx-portkey-custom-host: %s/v1"
                    % self.vendor_url)
        self.run(["node", self.program(), "--port=%d" % self.port, "--headless"],
                 {"NODE_ENV": "production", "TRUSTED_CUSTOM_HOSTS": "127.0.0.1,localhost"},
                 self.start_seconds)


class LiteLLM(Peer):
    settings = "one worker, a master key, no database, no callbacks, log level ERROR"
    install_commands = (["sh", "-c", "/usr/bin/python3 -m venv {home} && "
                         "{home}/bin/pip install -q 'litellm[proxy]'"],)

    def program(self):
        return os.path.join(self.home, "bin/litellm")

    def launch(self):
        path = os.path.join(self.folder, "litellm.yaml")
        with open(path, "w") as f:
            json.dump({"model_list": [{"model_name": self.model, "litellm_params": {
                "model": "openai/" + self.model, "api_base": self.vendor_url + "/v1",
                "api_key": "sk-vendor"}}],
                "general_settings": {"master_key": self.key},
                "litellm_settings": {"telemetry": False}}, f)  # JSON is YAML
        self.run([self.program(), "--config", path, "--host", "127.0.0.1", "--port",
                  str(self.port), "--num_workers", "1"],
                 {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR",
                  "PATH": os.path.dirname(self.program()) + ":" + os.environ["PATH"]},
                 self.start_seconds)


class Bifrost(Peer):
    settings = "one provider with a custom base URL, no plugins"
    model = "openai/gpt-4o-mini"
    install_commands = (
        ["go", "install", "github.com/maximhq/bifrost/transports/bifrost-http@latest"],
        ["sh", "-c", "npm install --no-audit --no-fund --prefix {home} @maximhq/bifrost && "
         "ln -s node_modules/.bin/bifrost {home}/bifrost-http"])

    def program(self):
        return os.path.join(self.home, "bifrost-http")

    def launch(self):
        with open(os.path.join(self.folder, "config.json"), "w") as f:
            json.dump({"providers": {"openai": {
                "keys": [{"name": "bench", "value": "sk-vendor", "models": [], "weight": 1}],
                "network_config": {"base_url": self.vendor_url}}},
                "config_store": {"enabled": False}, "logs_store": {"enabled": False}}, f)
        self.run([self.program(), "-port", str(self.port), "-app-dir", self.folder],
                 seconds=self.start_seconds)


ALL = {"litellm": LiteLLM, "portkey": Portkey, "bifrost": Bifrost}
