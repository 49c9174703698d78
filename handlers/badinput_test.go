package handlers_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"alleato/ai"
	"alleato/handlers"
	"alleato/store"
)

// typed is a body under a content type of its own.
type typed struct{ contentType, body string }

// badBodies are refused by every route that takes a body, and do no harm to the others.
var badBodies = map[string]typed{
	"null":              {"application/json", "null"},
	"array":             {"application/json", "[]"},
	"array of objects":  {"application/json", `[{"text":"x"}]`},
	"number":            {"application/json", "5"},
	"string":            {"application/json", `"text"`},
	"cut off":           {"application/json", `{"text":"x`},
	"two values":        {"application/json", `{} {}`},
	"deep array":        {"application/json", `{"text":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + "}"},
	"deep object":       {"application/json", strings.Repeat(`{"message":`, 10000) + "1" + strings.Repeat("}", 10000)},
	"deep and cut off":  {"application/json", strings.Repeat(`{"a":`, 10000)},
	"plain text":        {"text/plain", `{"text":"x"}`},
	"xml":               {"text/xml", "<text>x</text>"},
	"no type":           {"", `{"text":"x"}`},
	"broken type":       {"application/json; =", `{"text":"x"}`},
	"bare multipart":    {"multipart/form-data", "x"},
	"broken multipart":  {"multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"text\"\r\n\r\nx"},
	"protocol buffers":  {"application/x-protobuf", "\x08\x96\x01"},
	"wrong type":        {"application/json", wrongTypes("[1]")},
	"wrong type, float": {"application/json", wrongTypes("1.5")},
	"huge number":       {"application/json", wrongTypes("1e999")},
	"negative number":   {"application/json", wrongTypes("-99999999999999999999999999")},
}

// oddBodies can be read, and may be refused or not; they break nothing.
var oddBodies = map[string]typed{
	"empty":          {"application/json", ""},
	"nothing":        {"", ""},
	"empty object":   {"application/json", "{}"},
	"index":          {"application/x-www-form-urlencoded", "a[999999999]=1&text[999999999]=1&messages[999999999][role]=user"},
	"index in JSON":  {"application/json", `{"a[999999999]":1,"a.b.c":1}`},
	"duplicate keys": {"application/json", `{"title":"a","title":"b","name":"a","name":"b","type":"up","type":"down","text":"a","text":"b"}`},
	"invalid UTF-8":  {"application/json", "{\"title\":\"\xff\xfe\",\"name\":\"\xff\",\"text\":\"\xc3\x28\",\"type\":\"\xff\"}"},
	"NUL":            {"application/json", `{"title":"a\u0000b","name":"a\u0000b","text":"a\u0000b"}`},
	"half a pair":    {"application/json", `{"title":"\ud800","name":"\ud800","text":"\udfff"}`},
	"nulls":          {"application/json", strings.ReplaceAll(wrongTypes("null"), "5", "null")},
	"long name":      {"application/json", `{"` + strings.Repeat("x", 100000) + `":1}`},
	"many fields":    {"application/x-www-form-urlencoded", strings.Repeat("a=1&", 100000)},
	"form, UTF-8":    {"application/x-www-form-urlencoded", "title=%ff%fe&name=%00&text=%c3%28&scope=%ff"},
	"other charset":  {"application/json; charset=utf-16", `{"title":"a"}`},
}

// wrongTypes gives every field that any route binds this value.
func wrongTypes(value string) string {
	var fields []string
	for _, name := range inputFields() {
		fields = append(fields, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// inputFields are the fields of all bodies, of the API as its document has them and of the door.
var inputFields = sync.OnceValue(func() []string {
	type operation struct {
		RequestBody struct {
			Content map[string]struct{ Schema node }
		}
	}
	var document struct {
		Paths      map[string]struct{ Post, Put, Patch, Delete operation } // and servers, for some
		Components struct{ Schemas map[string]node }
	}
	if err := json.Unmarshal(handlers.Document(), &document); err != nil {
		panic(err)
	}
	names := map[string]bool{"stream": true, "n": true}
	for _, path := range document.Paths {
		for _, o := range []operation{path.Post, path.Put, path.Patch, path.Delete} {
			body := o.RequestBody.Content["application/json"].Schema
			for name := range document.Components.Schemas[strings.TrimPrefix(body.Ref, "#/components/schemas/")].Properties {
				names[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(names))
})

// mounts are where a route answers.
func mounts(r handlers.Row) (prefixes []string) {
	for prefix, there := range map[string]bool{"/api/v1": r.API, "": r.Site || r.Root, "/v1": r.Door} {
		if there {
			prefixes = append(prefixes, prefix)
		}
	}
	return prefixes
}

// TestBadInput sends every route, on each of its mounts, what no client should. What takes a body refuses it with a
// problem; nothing is a 500, nobody's things change, and memory stays flat. That each refusal is one that
// the document has, the harness sees to.
func TestBadInput(t *testing.T) {
	m := newMatrix(t)
	callers := map[string]*person{}
	enter := func() {
		callers["/api/v1"], callers[""] = m.callers[2].enter(m, true), m.callers[2].enter(m, false)
		callers["/v1"] = callers["/api/v1"]
	}
	enter()
	mine, err := m.s.store.UserByEmail(t.Context(), "other@example.com")
	m.must(err)
	o := m.objects(false)
	before, memory := m.print(o), heap()
	calls := 0
	for _, r := range handlers.Routes() {
		for _, mount := range mounts(r) {
			path := mount + pathOf(r, matrixRules[r.Name], o, false)
			send := func(name string, b typed, mustFail bool) {
				a := callers[mount].sendTyped(r.Method, path, b)
				calls++
				if mustFail && a.status < 400 || a.status >= 500 {
					t.Errorf("%s to %s %s: %d %.200s", name, r.Method, path, a.status, a.body)
				}
				callers[mount].isProblem(name, r, a)
			}
			for name, b := range badBodies {
				send(name, b, r.Body)
			}
			for name, b := range oddBodies {
				send(name, b, false)
			}
		}
		if r.Name == "authLogout" || r.SignIn { // the session may be over
			enter()
		}
	}
	if after := m.print(o); after != before {
		t.Errorf("somebody else's things changed:\n%s\n%s", before, after)
	}
	if now, err := m.s.store.User(t.Context(), mine.ID); err != nil || now.Role != store.RoleUser {
		t.Errorf("%+v %v", now, err)
	}
	if grown := heap() - memory; grown > 32<<20 {
		t.Errorf("%d MB more are held after %d calls", grown>>20, calls)
	}
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// sendTyped sends a body as it is.
func (p *person) sendTyped(method, path string, b typed) answer {
	p.t.Helper()
	return p.do(method, path, b, "Accept", "application/json")
}

func (p *person) isProblem(name string, r handlers.Row, a answer) {
	p.t.Helper()
	if r.Door && a.status >= 400 && strings.Contains(a.body, `{"error":{"message":`) {
		return // the protocol's own shape
	}
	if a.status >= 400 && (a.header.Get("Content-Type") != "application/problem+json" || !strings.Contains(a.body, `"requestId":"`)) {
		p.t.Errorf("%s to %s %s: %d in %s", name, r.Method, r.Path, a.status, a.header.Get("Content-Type"))
	}
}

// TestBadQueries: parameters that are no numbers, no cursors, or too long.
func TestBadQueries(t *testing.T) {
	m := newMatrix(t)
	p, o := m.callers[3].enter(m, true), m.objects(false)
	for _, r := range handlers.Routes() {
		if !r.API || r.Method != "GET" {
			continue
		}
		path := pathOf(r, matrixRules[r.Name], o, true)
		for _, q := range []string{"limit=-1", "limit=x", "limit=99999999999999999999999", "limit=1e9", "cursor=x", "cursor=" + strings.Repeat("A", 8000), "cursor=%00",
			"after=-1", "after=9223372036854775808", "q=" + strings.Repeat("%25_", 2000), "q=%ff%fe%00", "q=" + url.QueryEscape(`" OR 1=1 --*`), "tree=1&tree=2&tree[]=3", "message=%00../", "a[999999999]=1", "%zz=1"} {
			a := p.do("GET", path+"?"+q, nil, "Accept", "application/json, text/event-stream;q=0.9")
			if a.status >= 500 {
				t.Errorf("%s?%.60s: %d %s", path, q, a.status, a.body)
			}
			p.isProblem(q, r, a)
		}
	}
}

// TestHugeHeaders: a megabyte of Authorization is refused by every route before anything of it is read
// for what it says.
func TestHugeHeaders(t *testing.T) {
	s := newSite(t, say("x"))
	before := heap()
	for _, r := range handlers.Routes() {
		for _, mount := range mounts(r) {
			for _, name := range []string{"Authorization: Bearer ", "X-Api-Key: alk_", "Idempotency-Key: "} {
				if status := s.rawHeader(r.Method, mount+strings.ReplaceAll(strings.TrimSuffix(r.Path, "?"), ":", ""), name+strings.Repeat("a.", 1<<19)); status != "431" {
					t.Errorf("%s %s%s with %s: %q", r.Method, mount, r.Path, name, status)
				}
			}
		}
	}
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("%d MB more are held", grown>>20)
	}
	dots := (&person{site: s, http: http.DefaultClient}).do("GET", "/api/v1/auth/me", nil, "Authorization", "Bearer "+strings.Repeat(".", 8000))
	if dots.status != 401 {
		t.Errorf("a token of dots: %d", dots.status)
	}
}

func (s *site) rawHeader(method, path, header string) string {
	s.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		s.t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(10 * time.Second)); err != nil {
		s.t.Fatal(err)
	}
	go func() {
		_, _ = io.WriteString(conn, method+" "+path+" HTTP/1.1\r\nHost: x\r\n"+header+"\r\n\r\n") // the server may close before it has read all
	}()
	answer, _ := io.ReadAll(conn) // or reset
	status, _ := strings.CutPrefix(string(answer), "HTTP/1.1 ")
	return status[:min(3, len(status))]
}

// TestMassAssignmentEverywhere: fields that a caller has no say in change nothing on any route, however
// they are written.
func TestMassAssignmentEverywhere(t *testing.T) {
	m := newMatrix(t)
	victim := m.owner
	attacker, err := m.s.store.UserByEmail(t.Context(), "other@example.com")
	m.must(err)
	o := m.objects(false)
	before := m.print(o)
	for _, r := range handlers.Routes() {
		rule := matrixRules[r.Name]
		if !r.API || !r.Body || r.Upload || r.SignIn {
			continue
		}
		p := m.callers[2].enter(m, true)
		body := map[string]any{}
		if rule.body != nil {
			for k, v := range rule.body(o).(map[string]any) {
				body[k] = v
			}
		}
		for _, name := range []string{"role", "userId", "user_id", "UserID", "user", "hash", "sessionVersion", "createdAt", "created_at", "is_public", "disabled", "quota"} {
			body[name] = map[string]string{"role": "admin"}[name] + map[bool]string{true: victim.ID}[name != "role"]
		}
		if a := p.do(r.Method, pathOf(r, rule, o, true), body, asJSON...); a.status >= 500 {
			t.Errorf("%s: %d %s", r.Path, a.status, a.body)
		}
	}
	if after := m.print(o); after != before {
		t.Errorf("the victim's things changed:\n%s\n%s", before, after)
	}
	var chats int
	m.must(m.s.store.Reader().NewSelect().Table("chats").ColumnExpr("count(*)").Where("user_id = ?", victim.ID).Scan(t.Context(), &chats))
	if chats != 1 {
		t.Errorf("the victim has %d chats", chats)
	}
	if u, err := m.s.store.User(t.Context(), attacker.ID); err != nil || u.Role != store.RoleUser || u.CreatedAt != attacker.CreatedAt {
		t.Errorf("%+v %v", u, err)
	}
}

var fuzzCalls = flag.Int("fuzzroutes", 1500, "how many calls TestFuzzRoutes makes")

// TestFuzzRoutes calls random routes with random things in every place, as somebody signed in. The seed is
// in the log; -fuzzroutes=100000 goes on for longer.
func TestFuzzRoutes(t *testing.T) {
	m := newMatrix(t)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	rows := handlers.Routes()
	pieces := []string{"", "c", "..", "%00", "%2e%2e%2f", "%ff", "🙂", "a b", strings.Repeat("x", 300), "' OR 1=1 --", "null", "-1", "99999999999999999999", "{}", "[]", "\"", "\\u0000", ":", "alk_", "<script>", "%s%n", "{{.}}"}
	pick := func() string { return pieces[random.IntN(len(pieces))] }
	value := func() string {
		return []string{"null", "true", "5", "-1e400", `"` + strings.ReplaceAll(strings.ReplaceAll(pick(), `\`, `\\`), `"`, `\"`) + `"`, "[]", "{}", `[{"role":"user","content":"x"}]`, `[{"type":"file","url":"data:,x"}]`}[random.IntN(9)]
	}
	names := inputFields()
	types := []string{"application/json", "application/json", "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", ""}
	accepts := []string{"application/json", "text/html", "*/*", "image/png", ""}
	queries := []string{"limit", "cursor", "q", "after", "tree", "message", "next", "deleted", "version", "from", "to", "kind", "sort", "type", "unsent", "edit", "url"}
	callers := []*person{m.callers[2].enter(m, true), m.callers[2].enter(m, false)} // with a token, with a cookie
	before := heap()
	for range *fuzzCalls {
		p, r := callers[random.IntN(len(callers))], rows[random.IntN(len(rows))]
		if r.Name == "authLogout" || r.Upload {
			continue
		}
		segments := strings.Split(strings.TrimSuffix(r.Path, "?"), "/")
		for i, s := range segments {
			if strings.HasPrefix(s, ":") {
				segments[i] = url.PathEscape(pick())
			}
		}
		path := strings.Join(segments, "/")
		prefixes := mounts(r)
		path = prefixes[random.IntN(len(prefixes))] + path
		if random.IntN(2) == 0 {
			path += "?" + queries[random.IntN(len(queries))] + "=" + url.QueryEscape(pick())
		}
		var fields []string
		for range random.IntN(5) {
			fields = append(fields, fmt.Sprintf("%q:%s", names[random.IntN(len(names))], value()))
		}
		body := typed{types[random.IntN(len(types))], "{" + strings.Join(fields, ",") + "}"}
		if body.contentType == "application/x-www-form-urlencoded" {
			body.body = names[random.IntN(len(names))] + "=" + pick() + "&_method=" + []string{"", "PUT", "PATCH", "DELETE", "TRACE"}[random.IntN(5)]
		}
		if r.Method == "GET" {
			body = typed{}
		}
		a := p.do(r.Method, path, body, "Accept", accepts[random.IntN(len(accepts))])
		if a.status >= 500 {
			t.Errorf("%s %q with %+v: %d %.300s", r.Method, path, body, a.status, a.body)
		}
	}
	if grown := heap() - before; grown > 32<<20 {
		t.Errorf("%d MB more are held", grown>>20)
	}
}

// TestRateHeaders: every answer of every route says what is left, refusals too, and one too many says when
// to come back.
func TestRateHeaders(t *testing.T) {
	s := newSite(t, say("x"), func(h *handlers.Options, _ *ai.Options) {
		h.Rates = &handlers.Rates{Reads: 1000, Writes: 1000, SignIn: 1000, Send: 1000, Upload: 1000, Export: 1000}
	})
	p := s.program()
	kinds := map[int]int{} // bucket of the row -> what was left
	for _, r := range handlers.Routes() {
		if !r.API || !r.Limited {
			continue
		}
		a := p.do(r.Method, "/api/v1"+strings.ReplaceAll(strings.TrimSuffix(r.Path, "?"), ":", ""), nil, asJSON...)
		left, err := strconv.Atoi(a.header.Get("RateLimit-Remaining"))
		reset, bad := strconv.Atoi(a.header.Get("RateLimit-Reset"))
		if a.header.Get("RateLimit-Limit") != "1000" || err != nil || bad != nil || reset < 0 || reset > 60 {
			t.Errorf("%s %s: %v", r.Method, r.Path, a.header)
		}
		if before, ok := kinds[r.Bucket]; ok && left != before-1 {
			t.Errorf("%s %s leaves %d after %d", r.Method, r.Path, left, before)
		}
		kinds[r.Bucket] = left
	}
	if len(kinds) != 6 {
		t.Errorf("%v", kinds)
	}
}
