package model

import (
	"net"
	"net/http"
	"time"
)

const connectTimeout = 10 * time.Second

// newClient is the only place that makes an HTTP client here. It follows no
// redirect, so that a key goes to no host but the configured one, and has no
// total timeout, which would cut long replies; the watchdog has that task.
func newClient(transport http.RoundTripper) *http.Client {
	if transport == nil {
		transport = newTransport()
	}
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func newTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   connectTimeout,
		ExpectContinueTimeout: time.Second,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          512,
		MaxIdleConnsPerHost:   256, // a burst of replies all go to one host
		DisableCompression:    true,
		// A connection carries one running reply: 4 KB each, twice, is what a thousand of them notice.
		ReadBufferSize: 2 << 10, WriteBufferSize: 1 << 10,
	}
}
