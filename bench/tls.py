"""tls.py -- the vendor behind TLS, for the workload that wants it: a self-signed certificate and
an nginx that answers by itself. SmartRouter is given the system's certificates and this one more.
"""
import os
import subprocess

from targets import Nginx, Process, SmartRouter, free_port, wait_until

SYSTEM = "/etc/ssl/certs/ca-certificates.crt"
CONF = """
daemon off; worker_processes 1; pid %(folder)s/tls.pid; error_log %(folder)s/tls-error.log;
events { worker_connections 4096; }
http {
  access_log off; client_max_body_size 0; keepalive_requests 100000000;
  client_body_temp_path %(folder)s/tls-body; proxy_temp_path %(folder)s/p;
  fastcgi_temp_path %(folder)s/f; uwsgi_temp_path %(folder)s/u; scgi_temp_path %(folder)s/s;
  server {
    listen 127.0.0.1:%(port)d ssl backlog=4096;
    ssl_certificate %(folder)s/cert.pem; ssl_certificate_key %(folder)s/cert.key;
    location / { default_type application/json; return 200 '%(answer)s'; }
  }
}
"""
ANSWER = ('{"id":"chatcmpl-bench","object":"chat.completion","created":1760000000,"model":'
          '"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":'
          '"The order had been packed, but the label was printed for the wrong depot, and the '
          'parcel waited there until somebody asked for it.","refusal":null},"logprobs":null,'
          '"finish_reason":"stop"}],"usage":{"prompt_tokens":210,"completion_tokens":28,'
          '"total_tokens":238}}')


class TlsVendor:
    def __init__(self, folder):
        port = free_port()
        self.url = "https://127.0.0.1:%d" % port
        self.bundle = os.path.join(folder, "bundle.crt")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=bench",
                        "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder + "/cert.key",
                        "-out", folder + "/cert.pem"], check=True, capture_output=True)
        with open(self.bundle, "w") as out:
            for path in (SYSTEM, folder + "/cert.pem"):
                with open(path) as f:
                    out.write(f.read())
        conf = os.path.join(folder, "tls.conf")
        with open(conf, "w") as f:
            f.write(CONF % {"folder": folder, "port": port, "answer": ANSWER})
        self.process = Process(folder, "tls-vendor", [
            "nginx", "-c", conf, "-p", folder, "-e", folder + "/tls-error.log"]).start()
        wait_until(self.process.running, 5)

    def stop(self):
        self.process.stop()


class TlsNginx(Nginx):
    settings = Nginx.settings + "; TLS to the vendor, its certificate not checked"

    def open(self):
        self.tls = TlsVendor(self.folder)
        self.vendor_url = self.tls.url
        super().open()

    def stop(self):
        super().stop()
        self.tls.stop()


class TlsSmartRouter(SmartRouter):
    settings = SmartRouter.settings + "; TLS to the vendor, its certificate checked"

    def open(self):
        self.tls = TlsVendor(self.folder)
        self.vendor_url = self.tls.url
        self.gateway_settings = {"gateway.ca_file": self.tls.bundle}
        super().open()

    def stop(self):
        super().stop()
        self.tls.stop()
