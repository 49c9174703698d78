package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"alleato/store"
)

// The person whose pages are measured.
var reader = store.Credentials{Email: "reader@example.com", Password: "a long enough password"}

const shownMessages = 50 // of the chat that is measured

// pages prints what reading costs: a chat, the sidebar, a search, of somebody who has very many chats.
func (b *bench) pages(t table) {
	b.tb.Helper()
	data := b.newData()
	chat := b.seed(data)
	model := serve(b.tb, "model", "")
	defer model.quit()
	p, _ := alleato(b.tb, data, model.addr)
	defer p.quit()
	headers := "Cookie: " + p.signIn() + "\r\nAccept: text/html\r\n"
	read := func(readers int, headers string, paths ...string) figures {
		return b.read(load{Addr: p.addr, Get: paths, Headers: headers, Streams: readers, PerSec: 100, Window: b.window})
	}
	page := read(8, headers, "/chats/"+chat)
	each := float64(page.N) / b.window.Seconds()
	name := fmt.Sprintf("chat page of %d messages, %d chats", shownMessages, b.seeded)
	t.row(name+": a second", "", "", fmt.Sprintf("%.0f", each), "", ">= 1500", verdict(each >= 1500))
	t.row(name+": p50", "", "", millis(page.P50), "", "< 10 ms", verdict(page.P50 < 10*time.Millisecond))
	sidebar := read(1, headers+"HX-Request: true\r\n", "/chats")
	t.row(fmt.Sprintf("sidebar of %d chats: p50", b.seeded), "", "", millis(sidebar.P50), "", "< 15 ms", verdict(sidebar.P50 < 15*time.Millisecond))
	t.row(fmt.Sprintf("sidebar of %d chats: p99", b.seeded), "", "", millis(sidebar.P99), "", "", "")
	var searches []string
	for _, q := range []string{"needle", word(0), word(3) + " " + word(40), word(700)[:3], word(1999), "missing"} {
		searches = append(searches, "/search?q="+url.QueryEscape(q))
	}
	found := read(1, "Cookie: "+p.signIn()+"\r\nAccept: application/json\r\n", searches...)
	name = fmt.Sprintf("search over %d messages", b.seeded*10)
	t.row(name+": p50", "", "", millis(found.P50), "", "", "")
	t.row(name+": p99", "", "", millis(found.P99), "", "< 50 ms", verdict(found.P99 < 50*time.Millisecond))
}

// read plays readers that ask again as soon as they have been answered.
func (b *bench) read(l load) (f figures) {
	b.tb.Helper()
	argument, err := json.Marshal(l)
	if err != nil {
		b.tb.Fatal(err)
	}
	readers := play(b.tb, "load", string(argument))
	defer readers.quit()
	readers.expect("open")
	readers.say("go")
	readers.expect("end")
	if err := json.Unmarshal([]byte(readers.line()), &f); err != nil {
		b.tb.Fatal(err)
	}
	if f.N == 0 {
		b.tb.Fatalf("nothing was read of %v", l.Get)
	}
	return f
}

// signIn gives the reader's cookie.
func (p *party) signIn() string {
	p.tb.Helper()
	body := fmt.Sprintf(`{"email":%q,"password":%q}`, reader.Email, reader.Password)
	request, err := http.NewRequest(http.MethodPost, "http://"+p.addr+"/auth/login", strings.NewReader(body))
	if err != nil {
		p.tb.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Accept": {"application/json"}}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer response.Body.Close()
	if len(response.Cookies()) == 0 || response.StatusCode != http.StatusOK {
		p.tb.Fatalf("no session: %s", response.Status)
	}
	return response.Cookies()[0].Name + "=" + response.Cookies()[0].Value
}

// seed makes a database of one person's chats, ten messages in each, and gives the id of one of fifty.
func (b *bench) seed(data string) (chatID string) {
	b.tb.Helper()
	if err := os.MkdirAll(data, 0o700); err != nil {
		b.tb.Fatal(err)
	}
	ctx := b.tb.Context()
	st, err := store.Open(ctx, store.Options{URL: "sqlite://" + filepath.Join(data, "alleato.db")})
	if err == nil {
		_, err = st.MigrateUp(ctx)
	}
	if err != nil {
		b.tb.Fatal(err)
	}
	defer st.Close()
	u, err := st.CreateUser(ctx, reader, store.RoleUser)
	if err != nil {
		b.tb.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range b.seeded {
		chat := &store.Chat{ID: store.NewID(), UserID: u.ID, Title: sentence(random, 4), Visibility: store.Private}
		if err := st.CreateChat(ctx, u, chat); err != nil {
			b.tb.Fatal(err)
		}
		texts := make([]string, 10)
		for j := range texts {
			texts[j] = sentence(random, 60)
		}
		if i == b.seeded/2 {
			texts[5] += " needle"
		}
		if i == b.seeded-1 {
			texts, chatID = nil, chat.ID
			for j := range shownMessages {
				texts = append(texts, map[bool]string{true: sentence(random, 20), false: page}[j%2 == 0])
			}
		}
		b.fill(st, u, chat, texts)
	}
	return chatID
}

// fill writes the messages of a chat, question and answer by turns, each after the one before.
func (b *bench) fill(st *store.Store, u *store.User, chat *store.Chat, texts []string) {
	b.tb.Helper()
	var values []string
	var arguments []any
	last := any(nil)
	for i, text := range texts {
		role := map[bool]string{true: "user", false: "assistant"}[i%2 == 0]
		parts, err := json.Marshal([]store.Part{{Type: "text", Text: text}})
		if err != nil {
			b.tb.Fatal(err)
		}
		id := store.NewID()
		values = append(values, "(?,?,?,?,?,'complete','2026-01-01 00:00:00+00:00',?,?)")
		arguments = append(arguments, chat.ID, id, last, i+1, role, text, string(parts))
		last = id
	}
	_, err := st.Writer().DB.ExecContext(b.tb.Context(),
		"INSERT INTO messages (chat_id,id,parent_id,seq,role,status,created_at,text,parts) VALUES "+strings.Join(values, ","), arguments...)
	if err == nil {
		head := last.(string)
		_, err = st.UpdateChat(b.tb.Context(), u.ID, chat.ID, store.ChatPatch{HeadID: &head})
	}
	if err != nil {
		b.tb.Fatal(err)
	}
}

// word makes the words of the seeded texts; low numbers are frequent.
func word(n int) string {
	const letters = "etaoinshrdlucm"
	text := ""
	for n += 200; n > 0; n /= len(letters) {
		text += string(letters[n%len(letters)])
	}
	return text
}

func sentence(random *rand.Rand, words int) string {
	var b strings.Builder
	for range words {
		share := random.Float64()
		b.WriteString(word(int(share*share*share*2000)) + " ")
	}
	return strings.TrimSpace(b.String())
}

// getAll reads until the window is over, each reader over one connection.
func (g *generator) getAll() {
	var wait sync.WaitGroup
	end := time.Now().Add(g.Window)
	for range g.Streams {
		wait.Go(func() { g.end(g.get(func() bool { return time.Now().After(end) })) })
	}
	wait.Wait()
}

// get asks for the paths by turns until it is over.
func (g *generator) get(over func() bool) (took []time.Duration, err error) {
	conn, err := net.DialTimeout("tcp", g.Addr, patience)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	answers := bufio.NewReaderSize(conn, 64<<10)
	for i := 0; i == 0 || !over(); i++ {
		start := time.Now()
		request := "GET " + g.Get[i%len(g.Get)] + " HTTP/1.1\r\nHost: bench\r\n" + g.Headers + "\r\n"
		if err := conn.SetDeadline(start.Add(patience)); err != nil {
			return took, err
		}
		if _, err := io.WriteString(conn, request); err != nil {
			return took, err
		}
		if err := skipAnswer(answers); err != nil {
			return took, fmt.Errorf("%.60q: %w", request, err)
		}
		took = append(took, time.Since(start))
	}
	return took, nil
}

// skipAnswer reads an answer of a known length.
func skipAnswer(r *bufio.Reader) error {
	length := -1
	for first := true; ; first = false {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if first && !bytes.HasPrefix(line, []byte("HTTP/1.1 200")) {
			return fmt.Errorf("refused: %s", line)
		}
		if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return err
			}
		}
		if len(bytes.TrimSpace(line)) == 0 {
			break
		}
	}
	_, err := r.Discard(length)
	return err
}
