package handlers

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"alleato/store"
)

// PrivateHosts are the places beyond the public internet that the operator lets webhooks go to: hosts by name, whatever
// address they have, and networks.
type PrivateHosts struct {
	Names    []string
	Networks []netip.Prefix
}

// ParsePrivateHosts reads names, addresses and CIDRs.
func ParsePrivateHosts(list []string) (p PrivateHosts, err error) {
	for _, text := range list {
		text = strings.TrimSpace(text)
		if prefix, err := netip.ParsePrefix(text); err == nil {
			p.Networks = append(p.Networks, prefix.Masked())
			continue
		}
		if addr, err := netip.ParseAddr(text); err == nil {
			p.Networks = append(p.Networks, netip.PrefixFrom(addr, addr.BitLen()))
			continue
		}
		if u, err := url.Parse("https://" + text); err != nil || text == "" || u.Host != text || u.Port() != "" || u.Hostname() != text || strings.ContainsAny(text, "*@") {
			return p, fmt.Errorf("%q is neither a host's name nor an address nor a CIDR", text)
		}
		p.Names = append(p.Names, plainHost(text))
	}
	return p, nil
}

// plainHost is a name as names are compared.
func plainHost(host string) string { return strings.TrimSuffix(strings.ToLower(host), ".") }

// has says whether the operator lets webhooks go to the address, which the host's name has come to.
func (p PrivateHosts) has(host string, addr netip.Addr) bool {
	for _, name := range p.Names {
		if name == plainHost(host) {
			return true
		}
	}
	for _, network := range p.Networks {
		if network.Contains(addr.Unmap()) {
			return true
		}
	}
	return false
}

// hookMayGo says whether a webhook of this address may be delivered to a host's address. To the public it goes by https
// alone, and to no port of the well-known services; where the operator lets it, as it likes.
func (s *Server) hookMayGo(u *url.URL) func(netip.AddrPort) bool {
	return func(to netip.AddrPort) bool {
		if s.HookPrivate.has(u.Hostname(), to.Addr()) {
			return true
		}
		return u.Scheme == "https" && isPublic(to.Addr()) && (to.Port() == 443 || to.Port() >= 1024)
	}
}

// checkHookURL refuses an address that no delivery could go to. It is a courtesy: what counts is the look at the address
// of each connection, since a name may lead elsewhere by then. A name that nobody knows and one that leads to a private
// address are refused alike, so that nobody finds out what the operator's network has names for.
func (s *Server) checkHookURL(ctx context.Context, text string) error {
	u, err := store.ParseWebhookURL(strings.TrimSpace(text))
	if err != nil {
		return err
	}
	port, err := strconv.ParseUint(cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme]), 10, 16)
	if err != nil {
		return store.Errorf(store.Invalid, "The address's port is none.").WithField("url")
	}
	may := s.hookMayGo(u)
	for _, addr := range s.lookUp(ctx, u.Hostname()) {
		if may(netip.AddrPortFrom(addr, uint16(port))) {
			return nil
		}
	}
	if u.Scheme == "http" {
		return store.Errorf(store.Invalid, "A webhook goes by https.").
			WithHint("http, and addresses that are not on the public internet, are for hosts that the server's operator lets it go to.").WithField("url")
	}
	return store.Errorf(store.Invalid, "No webhook can go to this address.").
		WithHint("It must be a host of the public internet on port 443 or above 1023, or one that the server's operator lets it go to.").WithField("url")
}

func (s *Server) lookUp(ctx context.Context, host string) []netip.Addr {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	resolver := s.HookResolver
	if resolver == nil {
		resolver = net.DefaultResolver
	}
	all, err := resolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil // a name that nobody knows
	}
	return all
}
