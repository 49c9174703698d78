package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// party is a process that takes part in the bench.
type party struct {
	tb    testing.TB
	cmd   *exec.Cmd
	addr  string
	in    io.WriteCloser
	lines *bufio.Reader
	log   *bytes.Buffer
}

// play starts this test program in a role.
func play(tb testing.TB, role, argument string) *party {
	tb.Helper()
	self, err := os.Executable()
	if err != nil {
		tb.Fatal(err)
	}
	// without tests to run, a role that is not played cannot start the whole suite again and again
	p := &party{tb: tb, cmd: exec.Command(self, "-test.run=^$"), log: &bytes.Buffer{}}
	p.cmd.Env = append(os.Environ(), roleVariable+"="+role, argumentVariable+"="+argument)
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err == nil {
		p.in, err = p.cmd.StdinPipe()
	}
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		tb.Fatal(err)
	}
	p.lines = bufio.NewReader(out)
	return p
}

// serve starts a role that listens.
func serve(tb testing.TB, role, argument string) *party {
	tb.Helper()
	p := play(tb, role, argument)
	p.addr = p.line()
	return p
}

// line is the next line that the party says.
func (p *party) line() string {
	p.tb.Helper()
	line, err := p.lines.ReadString('\n')
	if err != nil {
		p.tb.Fatalf("%s: %v\n%s", p.cmd, err, p.log)
	}
	return strings.TrimSpace(line)
}

func (p *party) expect(want string) {
	p.tb.Helper()
	if line := p.line(); line != want {
		p.tb.Fatalf("%s: %q instead of %q\n%s", p.cmd, line, want, p.log)
	}
}

func (p *party) say(line string) {
	p.tb.Helper()
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		p.tb.Fatal(err)
	}
}

// quit ends the process, which has nothing to lose.
func (p *party) quit() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// alleato starts the built program on a data directory, without its limits, and waits for the first
// page; took is how long that was from the start of the process.
func alleato(tb testing.TB, data, model string) (p *party, took time.Duration) {
	tb.Helper()
	path, err := build()
	if err != nil {
		tb.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p = &party{tb: tb, cmd: exec.Command(path, "serve"), addr: l.Addr().String(), log: &bytes.Buffer{}}
	if err := l.Close(); err != nil {
		tb.Fatal(err)
	}
	p.cmd.Env = append(cleanEnvironment(), "ALLEATO_ADDR="+p.addr, "ALLEATO_DATA="+data, "ALLEATO_RATE_LIMITS=off",
		"ALLEATO_ENTITLEMENTS=off", "ALLEATO_LOG=warn", "OPENAI_BASE_URL=http://"+model+"/v1")
	p.cmd.Stderr = p.log
	start := time.Now()
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	for time.Since(start) < 10*time.Second {
		response, err := http.Get("http://" + p.addr + "/")
		if err == nil {
			took = time.Since(start)
			_, _ = io.Copy(io.Discard, response.Body)
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return p, took
			}
		}
		time.Sleep(time.Millisecond)
	}
	tb.Fatalf("alleato did not start:\n%s", p.log)
	return nil, 0
}

// cleanEnvironment is ours without what would configure Alleato.
func cleanEnvironment() (env []string) {
	for _, pair := range os.Environ() {
		name, _, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "ALLEATO_") && !strings.HasPrefix(name, "OPENAI_") && name != "DATABASE_URL" && name != "JWT_SECRET" {
			env = append(env, pair)
		}
	}
	return env
}

// token makes a guest.
func (p *party) token() string {
	p.tb.Helper()
	response, err := http.Post("http://"+p.addr+"/api/v1/auth/guest", "", nil)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer response.Body.Close()
	var out struct{ Token string }
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil || out.Token == "" {
		p.tb.Fatalf("no guest: %s %v", response.Status, err)
	}
	return out.Token
}

// processorTime is what the process has used so far, counted in hundredths of a second.
func (p *party) processorTime() time.Duration {
	p.tb.Helper()
	text := p.proc("stat")
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	var ticks int64
	for _, field := range fields[11:13] { // user and system
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			p.tb.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// memory is the resident set, in bytes.
func (p *party) memory() int64 {
	p.tb.Helper()
	for line := range strings.Lines(p.proc("status")) {
		var kilobytes int64
		if n, _ := fmt.Sscanf(line, "VmRSS: %d kB", &kilobytes); n == 1 {
			return kilobytes << 10
		}
	}
	p.tb.Fatal("no VmRSS")
	return 0
}

func (p *party) proc(file string) string {
	p.tb.Helper()
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid), file))
	if err != nil {
		p.tb.Fatal(err)
	}
	return string(text)
}
