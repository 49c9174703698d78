package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// command runs the program in this process and gives what it prints.
func command(t *testing.T, environ []string, args ...string) (string, error) {
	t.Helper()
	out := &bytes.Buffer{}
	err := run(t.Context(), args, environ, strings.NewReader(""), out, io.Discard)
	return out.String(), err
}

func TestConfigIsMasked(t *testing.T) {
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("sk-from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := command(t, []string{"OPENAI_API_KEY_FILE=" + key, "JWT_SECRET=" + strings.Repeat("x", 32),
		"DATABASE_URL=postgres://alleato:hunter2@db/alleato?password=hunter3", "ALLEATO_ADDR=0.0.0.0:80"}, "config", "--models", "a,b")
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"sk-from", "hunter", "xxxx"} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is shown:\n%s", secret, out)
		}
	}
	for _, want := range []string{"ALLEATO_ADDR=0.0.0.0:80\n", "ALLEATO_MODELS=a,b\n", "OPENAI_API_KEY=********\n", "DATABASE_URL=postgres://alleato:********@db/alleato"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in\n%s", want, out)
		}
	}
}

func TestConfigRefuses(t *testing.T) {
	for name, environ := range map[string][]string{
		"unknown variable ALLEATO_ADRR": {"ALLEATO_ADRR=x"},
		"both JWT_SECRET":               {"JWT_SECRET=x", "JWT_SECRET_FILE=y"},
		"OPENAI_API_KEY_FILE":           {"OPENAI_API_KEY_FILE=/does/not/exist"},
		"ALLEATO_RATE_LIMITS: reeds":    {"ALLEATO_RATE_LIMITS=reeds=1"},
		"ALLEATO_ENTITLEMENTS":          {"ALLEATO_ENTITLEMENTS=guest.messages=-1"},
		"ALLEATO_MODEL_TIMEOUTS":        {"ALLEATO_MODEL_TIMEOUTS=idle=soon"},
		"ALLEATO_TRUSTED_PROXIES":       {"ALLEATO_TRUSTED_PROXIES=everyone"},
		"ALLEATO_WEBHOOK_PRIVATE":       {"ALLEATO_WEBHOOK_PRIVATE=10.0.0.0/8,http://hooks.internal"},
		"ALLEATO_CORS_ORIGINS":          {"ALLEATO_CORS_ORIGINS=*"},
		"ALLEATO_PUBLIC_URL":            {"ALLEATO_PUBLIC_URL=chat.example.com"},
		"model endpoint":                {"OPENAI_BASE_URL=localhost"},
		"ALLEATO_LOG":                   {"ALLEATO_LOG=loud"},
		"ALLEATO_ADMIN_EMAIL":           {"ALLEATO_ADMIN_EMAIL=a@b.c"},
	} {
		if _, err := command(t, environ, "config"); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v", environ, err)
		}
	}
	short := []string{"JWT_SECRET=short", "ALLEATO_DATA=" + t.TempDir(), "ALLEATO_ADDR=127.0.0.1:0"}
	if _, err := command(t, short, "serve"); err == nil || !strings.Contains(err.Error(), "32") {
		t.Errorf("a short secret: %v", err)
	}
}

func TestSecretIsMadeOnce(t *testing.T) {
	c := &Config{Settings: Settings{Data: filepath.Join(t.TempDir(), "data")}, env: environment{}}
	if err := c.loadSecret(); err != nil || len(c.Secret) < minSecret {
		t.Fatalf("%v, %d bytes", err, len(c.Secret))
	}
	first := string(c.Secret)
	if err := c.loadSecret(); err != nil || string(c.Secret) != first {
		t.Errorf("%v: another secret the second time", err)
	}
	if info, err := os.Stat(filepath.Join(c.Data, "secret")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
}

// TestExampleNamesEveryVariable: .env.example and the README leave none out.
func TestExampleNamesEveryVariable(t *testing.T) {
	for _, file := range []string{".env.example", "README.md"} {
		text, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			t.Fatal(err)
		}
		for name := range (&Config{env: environment{}}).values() {
			if !strings.Contains(string(text), name) {
				t.Errorf("%s does not name %s", file, name)
			}
		}
	}
}

func TestUserCommands(t *testing.T) {
	data := "--data=" + filepath.Join(t.TempDir(), "data")
	create := func(email string, flags ...string) error {
		return run(t.Context(), append([]string{"user", "create", data, "--email", email, "--password-stdin"}, flags...), nil,
			strings.NewReader("long enough\n"), io.Discard, io.Discard)
	}
	if err := create("root@example.com", "--admin"); err != nil {
		t.Fatal(err)
	}
	if err := create("root@example.com"); err == nil {
		t.Error("the same e-mail twice")
	}
	if err := create("ann@example.com"); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"user", "role", "ann@example.com", "admin"}, {"user", "disable", "root@example.com"}, {"migrate", "status"}, {"migrate", "up"}} {
		if _, err := command(t, nil, append(args, data)...); err != nil {
			t.Errorf("%v: %v", args, err)
		}
	}
	if _, err := command(t, nil, "user", "disable", "ann@example.com", data); err == nil {
		t.Error("the last admin was disabled")
	}
	out, err := command(t, nil, "user", "list", data)
	if err != nil || !strings.Contains(out, "root@example.com admin disabled") || !strings.Contains(out, "ann@example.com admin\n") {
		t.Errorf("%v:\n%s", err, out)
	}
}
