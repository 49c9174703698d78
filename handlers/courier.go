package handlers

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"alleato/store"
)

const (
	// hookPoll is how often what is due is looked for.
	hookPoll = time.Second
	// hookTime is how long a receiver may take to answer.
	hookTime = 10 * time.Second
	// hooksAtOnce are the webhooks that a process delivers to, hooksOfOne those of one person: receivers that are slow
	// on purpose must not keep the others waiting.
	hooksAtOnce, hooksOfOne = 16, 2
	// hookTurn is how many deliveries a webhook gets before others have their turn.
	hookTurn = 20
	// hookAnswer is how much of an answer is read.
	hookAnswer = 1 << 10
)

// courier delivers to webhooks.
type courier struct {
	wake chan struct{}
	mu   sync.Mutex
	busy map[string]string // webhook -> its user
}

// runCourier looks for what is due, again and again, until the server ends.
func (s *Server) runCourier() {
	s.background.Add(1)
	go func() {
		defer s.background.Done()
		tick := time.NewTicker(s.HookPoll)
		defer tick.Stop()
		for {
			select {
			case <-s.life.Done():
				return
			case <-tick.C:
			case <-s.courier.wake:
			}
			s.guarded("webhooks", s.deliverDue)
		}
	}()
}

// hurryHooks makes the courier look at once.
func (s *Server) hurryHooks() {
	select {
	case s.courier.wake <- struct{}{}:
	default: // it is about to
	}
}

func (s *Server) deliverDue() {
	ctx, cancel := s.ctx()
	defer cancel()
	waiting, err := s.Options.Store.WaitingWebhooks(ctx, 4*hooksAtOnce)
	if err != nil && s.life.Err() == nil {
		s.Log.Warn("webhooks could not be looked for", "error", err)
	}
	for _, w := range waiting {
		if s.courier.enter(w) {
			s.background.Add(1)
			go func() { // ends with its turn, whose tries are bounded in time
				defer s.background.Done()
				defer s.courier.leave(w)
				s.guarded("a webhook", func() { s.serveHook(w.ID) })
			}()
		}
	}
}

// enter takes a place for a webhook, if there is one for it.
func (c *courier) enter(w store.Waiting) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.busy[w.ID]; there || len(c.busy) >= hooksAtOnce {
		return false
	}
	own := 0
	for _, user := range c.busy {
		if user == w.UserID {
			own++
		}
	}
	if own >= hooksOfOne {
		return false
	}
	c.busy[w.ID] = w.UserID
	return true
}

func (c *courier) leave(w store.Waiting) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.busy, w.ID)
}

// serveHook delivers what is due for one webhook, one after the other, until something fails or others should have
// their turn.
func (s *Server) serveHook(id string) {
	turn, err := s.Options.Store.TakeTurn(s.life, id)
	if err != nil {
		if store.CodeOf(err) != store.Conflict && s.life.Err() == nil {
			s.Log.Warn("a webhook was not delivered to", "webhook", id, "error", err)
		}
		return
	}
	err = s.deliverTurn(turn)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), time.Second)
	defer cancel()
	if err = errors.Join(err, s.Options.Store.EndTurn(ctx, turn)); err != nil {
		s.Log.Warn("a webhook was not delivered to", "webhook", id, "error", err)
	} else { // of what it could not take there may be more, but not after an error, which would come again at once
		s.hurryHooks()
	}
}

func (s *Server) deliverTurn(turn *store.Turn) error {
	for range hookTurn {
		if on, err := s.deliverNext(turn); err != nil || !on {
			return err
		}
	}
	return nil
}

// deliverNext tries the oldest delivery that is due, and says whether to go on. What the server's end cuts off is as if
// it had not been tried: it is sent again, under the same id.
func (s *Server) deliverNext(turn *store.Turn) (on bool, err error) {
	d, err := s.Options.Store.NextDelivery(s.life, turn)
	if store.CodeOf(err) == store.NotFound || s.life.Err() != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	outcome := s.tryDelivery(&turn.Webhook, d)
	if s.life.Err() != nil && outcome.Code == 0 {
		return false, nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.life), 5*time.Second)
	defer cancel()
	if err := s.Options.Store.FinishTry(ctx, turn, d, outcome); err != nil {
		return false, err
	}
	return outcome.Fault == "", nil
}

// tryDelivery sends a delivery once.
func (s *Server) tryDelivery(w *store.Webhook, d *store.Delivery) (o store.Outcome) {
	ctx, cancel := context.WithTimeout(s.life, hookTime)
	defer cancel()
	begun := time.Now()
	defer func() { o.Took = time.Since(begun) }()
	u, err := url.Parse(w.URL)
	if err != nil {
		return store.Outcome{Fault: "Its address cannot be read."}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, strings.NewReader(d.Body))
	if err != nil {
		return store.Outcome{Fault: "Its address cannot be read."}
	}
	now := s.Options.Store.Now()
	request.Header = http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Alleato"}, "Webhook-Id": {d.MessageID},
		"Webhook-Timestamp": {strconv.FormatInt(now.Unix(), 10)}, "Webhook-Signature": {signatures(w.Secrets(now), d.MessageID, now, d.Body)}}
	transport := guardedTransport(guardBy(s.hookMayGo(u)), s.HookResolver)
	transport.DisableCompression = true // the answer is kept as it is
	client := &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return store.Outcome{Fault: hookFault(err)}
	}
	defer func() { _ = response.Body.Close() }() // nothing more is read of it
	var answer bytes.Buffer
	_, _ = io.Copy(&answer, io.LimitReader(response.Body, hookAnswer)) // what came of it is shown; an end that is missing is no failure
	o = store.Outcome{Code: response.StatusCode, Answer: answer.String()}
	switch {
	case o.Code >= 300 && o.Code < 400:
		o.Fault = fmt.Sprintf("It answered %d: redirects are not followed.", o.Code)
	case o.Code < 200 || o.Code >= 400:
		o.Fault = fmt.Sprintf("It answered %d.", o.Code)
	}
	return o
}

// signatures signs a delivery as Standard Webhooks says, with each of the secrets.
func signatures(secrets []string, id string, at time.Time, body string) string {
	var all []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, store.WebhookSecretPrefix))
		if err != nil {
			continue // none of ours; without a signature the receiver refuses it
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", id, at.Unix(), body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " ")
}

// hookFault says, for the webhook's owner, why there is no answer. An address that is not public and a name that nobody
// knows read alike.
func hookFault(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.Is(err, errNotPublic), errors.As(err, &dns):
		return "There is no such host on the public internet."
	case errors.As(err, &certificate):
		return "Its certificate is not valid."
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "It did not answer in time."
	}
	return "The connection could not be made, or it broke off."
}
