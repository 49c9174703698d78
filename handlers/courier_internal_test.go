package handlers

import (
	"net/netip"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"alleato/store"
	"alleato/store/storetest"
)

// courierTo is as much of a server as a delivery needs, in a world where every name leads to one address.
func courierTo(t *testing.T, addr string, private ...string) (*Server, *atomic.Int64) {
	t.Helper()
	asked := new(atomic.Int64)
	hosts, err := ParsePrivateHosts(private)
	if err != nil {
		t.Fatal(err)
	}
	return &Server{Options: Options{Store: storetest.Open(t), HookResolver: resolving(t, addr, asked), HookPrivate: hosts}, life: t.Context()}, asked
}

// TestWebhookLooksAtTheAddressOfTheConnection: a name that was public when the webhook was made and leads here now.
func TestWebhookLooksAtTheAddressOfTheConnection(t *testing.T) {
	port, heard := canary(t)
	public, _ := courierTo(t, "93.184.216.34")
	if err := public.checkHookURL(t.Context(), "https://hooks.example.org:"+port+"/"); err != nil {
		t.Fatalf("while it is public: %v", err)
	}
	rebound, asked := courierTo(t, "127.0.0.1")
	for _, scheme := range []string{"https", "http"} {
		o := rebound.tryDelivery(&store.Webhook{URL: scheme + "://hooks.example.org:" + port + "/", Secret: "whsec_c2VjcmV0"}, &store.Delivery{Body: "{}"})
		if o.Code != 0 || !strings.Contains(o.Fault, "no such host") || heard.Load() > 0 || asked.Load() == 0 {
			t.Errorf("by %s: %+v, %d connections, %d names asked for", scheme, o, heard.Load(), asked.Load())
		}
	}
	if err := rebound.checkHookURL(t.Context(), "https://hooks.example.org:"+port+"/"); store.CodeOf(err) != store.Invalid {
		t.Errorf("made anew: %v", err)
	}
	unknown, _ := courierTo(t, "93.184.216.34")
	if o := unknown.tryDelivery(&store.Webhook{URL: "http://hooks.example.org/", Secret: "whsec_c2VjcmV0"}, &store.Delivery{Body: "{}"}); !strings.Contains(o.Fault, "no such host") {
		t.Errorf("a public host without https: %+v", o)
	}
}

// TestPrivateHosts: the operator names hosts or networks, and nothing beyond them is reached.
func TestPrivateHosts(t *testing.T) {
	for _, wrong := range []string{"http://a", "a/b", "a:80", "", "*.example.org", "10.0.0.0/33", "u@a"} {
		if _, err := ParsePrivateHosts([]string{wrong}); err == nil {
			t.Errorf("%q is taken", wrong)
		}
	}
	s, _ := courierTo(t, "127.0.0.1", "Hooks.Internal", "10.1.0.0/16", "192.168.1.5", "fd00::/8")
	for to, want := range map[string]bool{
		"http://hooks.internal 127.0.0.1:80": true, "http://HOOKS.internal. 169.254.169.254:22": true, "http://other.internal 127.0.0.1:80": false,
		"http://other.internal 10.1.2.3:80": true, "https://other.internal [::ffff:10.1.2.3]:9": true, "https://other.internal 10.2.0.1:443": false,
		"https://other.internal 192.168.1.5:443": true, "https://other.internal 192.168.1.6:443": false, "http://x [fd00::1]:80": true, "https://x [fe80::1]:443": false,
		"https://x 93.184.216.34:443": true, "http://x 93.184.216.34:443": false, "https://x 93.184.216.34:25": false, "https://x 93.184.216.34:8443": true,
		"https://hooks.internal.example.org 127.0.0.1:443": false,
	} {
		address, addr, _ := strings.Cut(to, " ")
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.hookMayGo(u)(netip.MustParseAddrPort(addr)); got != want {
			t.Errorf("%s: %v", to, got)
		}
	}
}
