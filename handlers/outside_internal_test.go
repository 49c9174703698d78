package handlers

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// TestIsPublic: every network that is not the public internet, in the spellings that got through
// elsewhere.
func TestIsPublic(t *testing.T) {
	for _, private := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.8", "192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe",
		"::ffff:0:127.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::",
		"2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:a9fe:a9fe::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
		"fe80::1", "fe80::1%lo", "fec0::1", "ff02::1", "ff0e::1", "2606:4700::1%eth0",
	} {
		if isPublic(netip.MustParseAddr(private)) {
			t.Errorf("%s is taken for public", private)
		}
	}
	for _, public := range []string{"1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "100.128.0.1", "192.0.1.1", "223.255.255.255",
		"2606:4700:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8"} {
		if !isPublic(netip.MustParseAddr(public)) {
			t.Errorf("%s is not taken for public", public)
		}
	}
}

// canary is a server on this machine that must not hear of anything.
func canary(t *testing.T) (port string, heard *atomic.Int64) {
	t.Helper()
	heard = new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		heard.Add(1)
		t.Errorf("the canary heard %s", r.URL)
	}))
	server.Config.ConnState = func(net.Conn, http.ConnState) { heard.Add(1) }
	server.Start()
	t.Cleanup(server.Close)
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, heard
}

func portOf(t *testing.T, port string) uint16 {
	t.Helper()
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	return uint16(n)
}

// TestOutsideNeverReachesThisMachine tries the ways in which an address says "here".
func TestOutsideNeverReachesThisMachine(t *testing.T) {
	port, heard := canary(t)
	client := outsideClient(newOutside([]uint16{portOf(t, port)}, nil))
	for _, host := range []string{"127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "017700000001", "0177.0.0.1", "127.0.0.1.",
		"localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:0:0:1]",
		"[::1%25lo]", "[::ffff:127.0.0.1%25lo]", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1"} {
		for _, address := range []string{"http://" + host + ":" + port + "/x.png", "https://" + host + ":" + port + "/x.png"} {
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			if content, err := fetch(ctx, client, address, 100); err == nil {
				t.Errorf("%s was fetched: %q", address, content)
			}
			cancel()
		}
	}
	for _, address := range []string{"", "x.png", "/x.png", "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:" + port + "/", "data:image/png;base64,AAAA",
		"http://", "http:///x", "http://user:pass@93.184.216.34/", "http://93.184.216.34/" + strings.Repeat("x", longestAddress)} {
		if _, err := fetch(t.Context(), client, address, 100); err == nil {
			t.Errorf("%.60q was fetched", address)
		}
	}
	if n := heard.Load(); n > 0 {
		t.Errorf("the canary saw %d connections", n)
	}
}

func TestOutsideKnocksAtNoOtherPort(t *testing.T) {
	control := guardDial(outsidePorts)
	for address, allowed := range map[string]bool{"93.184.216.34:80": true, "93.184.216.34:443": true, "93.184.216.34:22": false, "93.184.216.34:6379": false,
		"10.0.0.1:80": false, "[::1]:443": false, "[2606:4700::1]:443": true, "nonsense": false} {
		if err := control(t.Context(), "tcp", address, nil); (err == nil) != allowed {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// resolving is a resolver that gives every name the address.
func resolving(t *testing.T, addr string, asked *atomic.Int64) *net.Resolver {
	return &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer theirs.Close()
			head := make([]byte, 2)
			if _, err := theirs.Read(head); err != nil {
				return
			}
			question := make([]byte, int(head[0])<<8|int(head[1]))
			if _, err := theirs.Read(question); err != nil {
				return
			}
			asked.Add(1)
			answer := resolve(question, netip.MustParseAddr(addr))
			_, _ = theirs.Write(append([]byte{byte(len(answer) >> 8), byte(len(answer))}, answer...))
		}()
		return ours, nil
	}}
}

func resolve(question []byte, addr netip.Addr) []byte {
	var m dnsmessage.Message
	if m.Unpack(question) != nil {
		return nil
	}
	m.Header.Response, m.Additionals = true, nil
	q := m.Questions[0]
	if q.Type == dnsmessage.TypeA {
		m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: q.Class, TTL: 0},
			Body: &dnsmessage.AResource{A: addr.As4()}}}
	}
	packed, _ := m.Pack()
	return packed
}

// TestOutsideLooksAtTheAddressOfTheConnection: a public name that leads here, as with rebinding.
func TestOutsideLooksAtTheAddressOfTheConnection(t *testing.T) {
	port, heard := canary(t)
	var asked atomic.Int64
	client := outsideClient(newOutside([]uint16{portOf(t, port)}, resolving(t, "127.0.0.1", &asked)))
	_, err := fetch(t.Context(), client, "http://pictures.example.org:"+port+"/x.png", 100)
	if !errors.Is(err, errNotPublic) || heard.Load() > 0 || asked.Load() == 0 {
		t.Errorf("%v, %d connections, %d names asked for", err, heard.Load(), asked.Load())
	}
}

// hop answers for one host with a redirect and leaves the rest to the transport.
type hop struct {
	to   string
	next http.RoundTripper
}

func (h hop) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != "public.example" {
		return h.next.RoundTrip(r)
	}
	return &http.Response{StatusCode: http.StatusFound, Header: http.Header{"Location": {h.to}}, Body: http.NoBody, Request: r}, nil
}

// TestOutsideChecksEveryRedirect: a public host that sends on to a private one, or for ever.
func TestOutsideChecksEveryRedirect(t *testing.T) {
	port, heard := canary(t)
	guarded := newOutside([]uint16{portOf(t, port)}, nil)
	for _, to := range []string{"http://127.0.0.1:" + port + "/", "//localhost:" + port, "file:///etc/passwd", "http://u:p@93.184.216.34/", "http://public.example/again"} {
		if _, err := fetch(t.Context(), outsideClient(hop{to, guarded}), "http://public.example/x.png", 100); err == nil {
			t.Errorf("a redirect to %s was followed", to)
		} else if e := new(url.Error); !errors.As(err, &e) {
			t.Errorf("%s: %v", to, err)
		}
	}
	if heard.Load() > 0 {
		t.Error("the canary heard of it")
	}
}
