package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"
)

const (
	outsideTime      = 10 * time.Second
	outsideRedirects = 3
	longestAddress   = 2048 // bytes
)

// outsidePorts are those of the web: an address that a model wrote is no means to knock at others.
var outsidePorts = []uint16{80, 443}

var errNotPublic = errors.New("not an address of the public internet")

// notPublic are the networks that a machine can reach and the world cannot, or that stand for others,
// by the special-purpose registries of RFC 6890. netip knows the common ones.
var notPublic = prefixes("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")

// unicast6 is all of IPv6 that is given out; NAT64 and the like, which lead to IPv4, are outside of it.
var unicast6 = netip.MustParsePrefix("2000::/3")

func prefixes(list ...string) (all []netip.Prefix) {
	for _, p := range list {
		all = append(all, netip.MustParsePrefix(p))
	}
	return all
}

// isPublic says whether anybody on the internet could reach the address.
func isPublic(addr netip.Addr) bool {
	addr = addr.Unmap()
	if addr.Zone() != "" || !addr.IsGlobalUnicast() || addr.IsPrivate() || (addr.Is6() && !unicast6.Contains(addr)) {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// dialControl looks at the address of a connection before it is made.
type dialControl func(context.Context, string, string, syscall.RawConn) error

// guardBy lets connections through to addresses that may says yes to. It is called for every connection with the
// address that the name has come to, after any redirect and any change of the name's records: nothing can be swapped
// behind it.
func guardBy(may func(netip.AddrPort) bool) dialControl {
	return func(_ context.Context, _, address string, _ syscall.RawConn) error {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		if !may(to) {
			return fmt.Errorf("%w: %s", errNotPublic, to)
		}
		return nil
	}
}

// guardDial lets connections through to the public internet, on these ports.
func guardDial(ports []uint16) dialControl {
	return guardBy(func(to netip.AddrPort) bool { return isPublic(to.Addr()) && slices.Contains(ports, to.Port()) })
}

// newOutside is the transport to hosts that are neither the operator's nor a model provider: to public
// addresses only, past no proxy of the environment, with nothing kept.
func newOutside(ports []uint16, resolver *net.Resolver) *http.Transport {
	return guardedTransport(guardDial(ports), resolver)
}

// guardedTransport is the one way to hosts that are not the operator's choice.
func guardedTransport(guard dialControl, resolver *net.Resolver) *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: guard, Resolver: resolver}
	return &http.Transport{DialContext: dialer.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: 5 * time.Second,
		ResponseHeaderTimeout: 5 * time.Second, MaxResponseHeaderBytes: 32 << 10}
}

func outsideClient(transport http.RoundTripper) *http.Client {
	return &http.Client{Transport: transport, Timeout: outsideTime,
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			if len(via) > outsideRedirects {
				return errors.New("too many redirects")
			}
			r.Header.Del("Referer")
			return checkOutside(r.URL)
		}}
}

// checkOutside refuses what is no plain address of the web.
func checkOutside(u *url.URL) error {
	if (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || len(u.String()) > longestAddress {
		return fmt.Errorf("%w: %.100s", errNotPublic, u.Redacted())
	}
	return nil
}

var errTooLong = errors.New("more bytes than are taken")

// fetch gets at most limit bytes.
func fetch(ctx context.Context, client *http.Client, address string, limit int64) (_ []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if err := checkOutside(request.URL); err != nil {
		return nil, err
	}
	request.Header = http.Header{"User-Agent": {"Alleato"}, "Accept": {"image/png,image/jpeg,image/webp,image/gif"}}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %d", response.StatusCode)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = errTooLong
	}
	return content, err
}
