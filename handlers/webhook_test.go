package handlers_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
	"alleato/store/storetest"
)

// heard is a request that a receiver got.
type heard struct {
	id, body, signature, timestamp string
	header                         http.Header
}

// receiver is a program that webhooks are delivered to.
type receiver struct {
	*httptest.Server
	mu     sync.Mutex
	all    []heard
	answer func(http.ResponseWriter, *http.Request)
}

func listen(t *testing.T, answer func(http.ResponseWriter, *http.Request)) *receiver {
	t.Helper()
	r := &receiver{answer: answer}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.mu.Lock()
		r.all = append(r.all, heard{q.Header.Get("webhook-id"), string(body), q.Header.Get("webhook-signature"), q.Header.Get("webhook-timestamp"), q.Header})
		r.mu.Unlock()
		if r.answer != nil {
			r.answer(w, q)
		}
	}))
	t.Cleanup(func() {
		r.CloseClientConnections()
		r.Close()
	})
	return r
}

func (r *receiver) heard() []heard {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.all)
}

// verified checks a signature as a receiver does, by hand.
func (h heard) verified(secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		return false
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", h.id, h.timestamp, h.body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	return slices.Contains(strings.Fields(h.signature), want)
}

// hooked lets webhooks go to this machine, and looks for what is due without waiting long.
func hooked(h *handlers.Options, _ *ai.Options) {
	h.HookPrivate.Networks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	h.HookPoll = 20 * time.Millisecond
}

type madeHook struct {
	Webhook store.Webhook
	Secret  string
}

// hook makes a webhook.
func (p *person) hook(address string, events ...string) (made madeHook) {
	p.t.Helper()
	if events == nil {
		events = store.WebhookEvents()
	}
	if a := p.json("POST", "/api/v1/account/webhooks", map[string]any{"url": address, "events": events, "description": "A receiver"}, &made); a.status != 201 {
		p.t.Fatalf("%d %s", a.status, a.body)
	}
	return made
}

func (p *person) deliveries(hook madeHook) []store.Delivery {
	p.t.Helper()
	var out struct{ Deliveries []store.Delivery }
	p.json("GET", "/api/v1/account/webhooks/"+hook.Webhook.ID+"/deliveries", nil, &out)
	return out.Deliveries
}

// TestWebhook goes the whole way: made, told, tested, sent again, given another secret, switched off, deleted.
func TestWebhook(t *testing.T) {
	s := newSite(t, say("The secret words."), hooked)
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "thanks "+strings.Repeat("x", 5000)) })
	p, _ := s.member("ada@example.com")
	made := p.hook(r.URL + "/hook?x=1")
	path := "/api/v1/account/webhooks/" + made.Webhook.ID
	p.do("POST", "/api/v1/chats/a-chat/messages", send("What do you know?"), asEvents...)
	eventually(t, "the end of the reply is told of", func() bool { return len(r.heard()) == 1 })
	h := r.heard()[0]
	if !h.verified(made.Secret) || h.verified("whsec_"+base64.StdEncoding.EncodeToString([]byte("other"))) || h.header.Get("Content-Type") != "application/json" || h.header.Get("Authorization") != "" {
		t.Errorf("heard %+v", h)
	}
	var event struct {
		Type string
		Data store.ReplyFinished
	}
	if err := json.Unmarshal([]byte(h.body), &event); err != nil || event.Type != "reply.finished" || event.Data.ChatID != "a-chat" || event.Data.Status != "complete" {
		t.Errorf("%v %s", err, h.body)
	}
	if strings.Contains(h.body, "secret") || strings.Contains(h.body, "know") {
		t.Errorf("the conversation is told of: %s", h.body)
	}
	var d struct{ Delivery store.Delivery }
	p.json("POST", path+"/test", nil, &d)
	if d.Delivery.Status != "delivered" || *d.Delivery.Code != 200 || !strings.HasPrefix(*d.Delivery.Answer, "thanks xxx") || len(*d.Delivery.Answer) != 1024 || d.Delivery.Tries != 1 {
		t.Errorf("the test: %+v", d.Delivery)
	}
	log := p.deliveries(made)
	if len(log) != 2 || log[1].MessageID != h.id || log[1].Body != h.body || log[1].TookMS == nil {
		t.Fatalf("the log: %+v", log)
	}
	p.json("POST", path+"/deliveries/"+log[1].ID+"/redeliver", nil, &d)
	if all := r.heard(); len(all) != 3 || all[2].id != h.id || all[2].body != h.body || !all[2].verified(made.Secret) {
		t.Errorf("sent again: %+v", all)
	}
	var turned madeHook
	p.json("POST", path+"/secret", nil, &turned)
	p.json("POST", path+"/test", nil, nil)
	if last := r.heard()[3]; turned.Secret == made.Secret || !last.verified(made.Secret) || !last.verified(turned.Secret) {
		t.Errorf("after another secret: %+v", last)
	}
	for _, read := range []string{"/api/v1/account/webhooks", path, path + "/deliveries"} {
		if a := p.do("GET", read, nil, asJSON...); strings.Contains(a.body, "whsec_") || a.status != 200 {
			t.Errorf("%s: %d %s", read, a.status, a.body)
		}
	}
	for name, text := range unzip(t, p.export("json")) {
		if strings.Contains(text, "whsec_") || strings.Contains(text, strings.TrimPrefix(turned.Secret, "whsec_")) {
			t.Errorf("the export's %s holds a secret", name)
		}
	}
	var changed madeHook
	p.json("PATCH", path, map[string]any{"active": false}, &changed)
	p.do("POST", "/api/v1/chats/a-chat/messages", send("More?"), asEvents...)
	if a := p.do("POST", path+"/test", nil, asJSON...); a.status != 409 || changed.Webhook.Active {
		t.Errorf("switched off: %d %s", a.status, a.body)
	}
	if n := len(p.deliveries(made)); n != 4 {
		t.Errorf("%d deliveries of what is switched off", n)
	}
	p.json("DELETE", path, nil, nil)
	if a := p.do("GET", path, nil, asJSON...); a.status != 404 {
		t.Errorf("deleted: %d", a.status)
	}
}

// TestWebhookOutlivesRestarts: what fails is tried again later, by whichever server runs then.
func TestWebhookOutlivesRestarts(t *testing.T) {
	c := &ticking{at: time.Now()}
	st := storetest.OpenAt(t, c.now)
	s := newSiteOn(t, st, say("Fine."), hooked)
	r := listen(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) })
	p, _ := s.member("ada@example.com")
	made := p.hook(r.URL)
	p.do("POST", "/api/v1/chats/a-chat/messages", send("Hello"), asEvents...)
	tried := func(n int) {
		eventually(t, fmt.Sprintf("there were %d tries", n), func() bool {
			log := p.deliveries(made)
			return len(log) == 1 && log[0].Tries == n
		})
	}
	tried(1)
	c.forward(3 * time.Second)
	time.Sleep(200 * time.Millisecond)
	tried(1) // too early
	c.forward(4 * time.Second)
	tried(2)
	if err := s.server.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	c.forward(2 * time.Minute)
	r.answer = nil
	again := newSiteOn(t, st, say("Fine."), hooked)
	p.site = again
	tried(3)
	if log := p.deliveries(made); log[0].Status != "delivered" || len(r.heard()) != 3 || r.heard()[0].id != r.heard()[2].id || r.heard()[0].timestamp == r.heard()[2].timestamp {
		t.Errorf("%+v after %d requests", log, len(r.heard()))
	}
}

// ticking is a clock that goes, and can be put forward.
type ticking struct {
	mu sync.Mutex
	at time.Time
}

func (c *ticking) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *ticking) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// TestWebhookOnceByTwoServers: each event comes once, and one at a time.
func TestWebhookOnceByTwoServers(t *testing.T) {
	st := openStore(t)
	s := newSiteOn(t, st, say("Fine."), hooked)
	newSiteOn(t, st, say("Fine."), hooked)
	var mu sync.Mutex
	now, most := 0, 0
	r := listen(t, func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		now++
		most = max(most, now)
		mu.Unlock()
		time.Sleep(5 * time.Millisecond)
		mu.Lock()
		now--
		mu.Unlock()
	})
	p, user := s.member("ada@example.com")
	made := p.hook(r.URL)
	user.Saved = true
	const n = 60
	for i := range n {
		content := fmt.Sprint(i)
		d := &store.Document{Title: "A document", Kind: store.KindText, Content: &content}
		if err := st.CreateDocument(t.Context(), user, d); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "all are delivered", func() bool {
		return !slices.ContainsFunc(p.deliveries(made), func(d store.Delivery) bool { return !d.Over() })
	})
	seen := map[string]int{}
	for _, h := range r.heard() {
		seen[h.id]++
	}
	if len(seen) != n || len(r.heard()) != n || most != 1 {
		t.Errorf("%d requests of %d events, %d at once", len(r.heard()), len(seen), most)
	}
}

// TestWebhookReceivers: those that redirect, are gone, say too much or nothing, and what that does to the others.
func TestWebhookReceivers(t *testing.T) {
	s := newSite(t, say("Fine."), hooked)
	target := listen(t, nil)
	redirect := listen(t, func(w http.ResponseWriter, q *http.Request) {
		http.Redirect(w, q, target.URL, http.StatusTemporaryRedirect)
	})
	gone := listen(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(410) })
	endless := listen(t, func(w http.ResponseWriter, q *http.Request) {
		for q.Context().Err() == nil {
			if _, err := w.Write([]byte(strings.Repeat("x", 1<<16))); err != nil {
				return
			}
		}
	})
	silent := listen(t, func(_ http.ResponseWriter, q *http.Request) { <-q.Context().Done() })
	p, user := s.member("eve@example.com")
	test := func(made madeHook) store.Delivery {
		var d struct{ Delivery store.Delivery }
		p.json("POST", "/api/v1/account/webhooks/"+made.Webhook.ID+"/test", nil, &d)
		return d.Delivery
	}
	for range 3 { // more than one person may have at once
		if _, err := s.store.TestWebhook(t.Context(), user.ID, p.hook(silent.URL).Webhook.ID); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, "two of them are waited for", func() bool { return len(silent.heard()) == 2 })
	other, _ := s.member("ada@example.com")
	begun := time.Now()
	var quick struct{ Delivery store.Delivery }
	other.json("POST", "/api/v1/account/webhooks/"+other.hook(target.URL).Webhook.ID+"/test", nil, &quick)
	if took := time.Since(begun); quick.Delivery.Status != "delivered" || took > 3*time.Second {
		t.Errorf("beside silent receivers: %s after %s", quick.Delivery.Status, took)
	}
	p = other
	if d := test(p.hook(redirect.URL)); d.Status != "failed" || !strings.Contains(*d.Fault, "redirects") || len(target.heard()) != 1 {
		t.Errorf("a redirect: %+v, and its target heard %d", d, len(target.heard()))
	}
	if d := test(p.hook(endless.URL)); d.Status != "delivered" || len(*d.Answer) != 1024 {
		t.Errorf("an endless answer: %+v", d)
	}
	off := p.hook(gone.URL)
	d := test(off)
	var shown madeHook
	p.json("GET", "/api/v1/account/webhooks/"+off.Webhook.ID, nil, &shown)
	if d.Status != "failed" || shown.Webhook.Active || shown.Webhook.Note == nil {
		t.Errorf("gone: %+v %+v", d, shown.Webhook)
	}
}

// TestWebhookAddresses: what is not public is refused when a webhook is made or changed, and what the form holds is shown
// again.
func TestWebhookAddresses(t *testing.T) {
	s := newSite(t, say("Fine."), func(h *handlers.Options, _ *ai.Options) {
		h.HookPrivate = handlers.PrivateHosts{Networks: []netip.Prefix{netip.MustParsePrefix("10.9.0.0/16")}}
	})
	p, _ := s.member("ada@example.com")
	for _, address := range []string{"https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://0.0.0.0/", "https://10.0.0.1/", "https://169.254.169.254/latest",
		"https://[::ffff:10.0.0.1]/", "https://100.64.0.1/", "https://[fd00:ec2::254]/", "http://93.184.216.34/", "https://93.184.216.34:22/", "https://93.184.216.34:99999/",
		"https://u:p@93.184.216.34/", "file:///etc/passwd", "https://no-such-host.invalid/", "http://10.8.0.1/", "https://0x7f000001/", "https://2130706433/", "https://127.1/"} {
		a := p.do("POST", "/api/v1/account/webhooks", map[string]any{"url": address, "events": []string{"reply.finished"}}, asJSON...)
		if a.status != 422 || !strings.Contains(a.body, `"field":"url"`) {
			t.Errorf("%s: %d %s", address, a.status, a.body)
		}
	}
	made := p.hook("https://93.184.216.34:8443/hook")
	for address, want := range map[string]int{"http://10.9.1.2:81/": 200, "https://10.0.0.1/": 422, "https://93.184.216.34/": 200} {
		if a := p.do("PATCH", "/api/v1/account/webhooks/"+made.Webhook.ID, map[string]any{"url": address}, asJSON...); a.status != want {
			t.Errorf("to %s: %d %s", address, a.status, a.body)
		}
	}
	b := s.signedIn("eve")
	a := b.do("POST", "/account/webhooks", url.Values{"url": {"https://127.0.0.1/typed"}, "events": {"", "document.changed"}, "description": {"What I typed"}}, asPage...)
	if a.status != 422 || !strings.Contains(a.body, "https://127.0.0.1/typed") || !strings.Contains(a.body, "What I typed") || !strings.Contains(a.body, "No webhook can go to this address.") {
		t.Errorf("the form: %d %s", a.status, a.body)
	}
	if a := b.do("POST", "/account/webhooks", url.Values{"url": {"https://93.184.216.34/"}, "events": {""}}, asPage...); a.status != 422 || !strings.Contains(a.body, "No event is chosen.") {
		t.Errorf("a form without events: %d %s", a.status, a.body)
	}
}

// TestWebhookInNode: the unmodified npm package standardwebhooks takes what is delivered, and refuses forgeries.
func TestWebhookInNode(t *testing.T) {
	needPackage(t, "standardwebhooks")
	s := newSite(t, say("Fine."), hooked)
	p, _ := s.member("ada@example.com")
	runNode(t, "webhooks.mjs", []string{s.url, p.token}, "reply finished", "document changed", "forgeries refused", "another secret")
}
