package main

import (
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"alleato/ai/model"
	"alleato/handlers"
	"alleato/store"
)

// variableTag names a setting's variable. It is not kong's own env tag, which would read the process's
// environment behind the back of the one that run is given.
const variableTag = "variable"

// Settings are the variables that are no secrets. Each is a flag as well, without the prefix.
type Settings struct {
	Addr           string        `variable:"ALLEATO_ADDR" default:"127.0.0.1:3000" help:"Where to listen."`
	Data           string        `variable:"ALLEATO_DATA" default:"./data" help:"Directory of the database and the generated secret."`
	FilesURL       string        `name:"files-url" variable:"ALLEATO_FILES_URL" help:"Where the bytes of files are: file://DIRECTORY; below the data directory if empty."`
	PublicURL      string        `name:"public-url" variable:"ALLEATO_PUBLIC_URL" help:"Where people reach the server; a path in it is where everything lives."`
	Models         []string      `variable:"ALLEATO_MODELS" help:"The models to offer, by comma; all if empty."`
	TitleModel     string        `variable:"ALLEATO_TITLE_MODEL" help:"The model that writes titles; the chat's own if empty."`
	Env            string        `variable:"ALLEATO_ENV" default:"production" enum:"production,staging,development" help:"production, staging or development."`
	Signup         string        `variable:"ALLEATO_SIGNUP" default:"open" enum:"open,closed" help:"open or closed."`
	CORSOrigins    []string      `name:"cors-origins" variable:"ALLEATO_CORS_ORIGINS" help:"Origins whose pages may call the API, by comma."`
	TrustedProxies []string      `variable:"ALLEATO_TRUSTED_PROXIES" help:"Addresses or CIDRs that may set X-Forwarded-*, by comma."`
	WebhookPrivate []string      `variable:"ALLEATO_WEBHOOK_PRIVATE" help:"Hosts, addresses or CIDRs beyond the public internet that webhooks may go to, by comma."`
	RateLimits     string        `variable:"ALLEATO_RATE_LIMITS" default:"reads=600,writes=120,signin=10,send=30,upload=30,export=5" help:"Requests a minute and address, or off."`
	Entitlements   string        `variable:"ALLEATO_ENTITLEMENTS" default:"guest.messages=20,guest.replies=2,guest.upload=5MB,guest.storage=50MB,guest.documents=200,guest.documentspace=20MB,user.messages=200,user.replies=4,user.upload=25MB,user.storage=1GB,user.documents=10000,user.documentspace=500MB,admin.messages=none,admin.replies=16,admin.upload=100MB,admin.storage=none,admin.documents=none,admin.documentspace=none" help:"What each role may ask for, or off."`
	ModelTimeouts  string        `variable:"ALLEATO_MODEL_TIMEOUTS" default:"idle=60s,total=30m" help:"How long a model may be silent, and write."`
	ShutdownGrace  time.Duration `variable:"ALLEATO_SHUTDOWN_GRACE" default:"25s" help:"How long running replies may go on after SIGTERM."`
	Log            string        `variable:"ALLEATO_LOG" default:"info" help:"debug, info, warn or error; a form may follow: info,json or info,text."`
}

// secrets are the variables that have no flag but may stand in a file: NAME_FILE holds its path.
var secrets = []string{"DATABASE_URL", "JWT_SECRET", "OPENAI_API_KEY", "OPENAI_API_KEYS", "ALLEATO_ADMIN_PASSWORD"}

// plain are the variables without a flag that are no secrets.
var plain = []string{"OPENAI_BASE_URL", "OPENAI_API_BASE_URLS", "ALLEATO_ADMIN_EMAIL"}

// Config is the configuration as a whole, checked.
type Config struct {
	Settings
	DatabaseURL    string
	Secret         []byte
	Endpoints      []model.Endpoint
	AdminEmail     string
	AdminPassword  string
	Rates          *handlers.Rates
	Limits         map[store.Role]store.Limit
	Idle, Total    time.Duration
	FilesDir       string
	TrustedProxies []netip.Prefix
	HookPrivate    handlers.PrivateHosts
	env            environment
}

// environment is the process's environment with the files of secrets read.
type environment map[string]string

// newEnvironment refuses a variable that looks like ours and is not, so that a misspelt setting is
// seen at once, and a secret given twice.
func newEnvironment(environ []string) (environment, error) {
	known := map[string]bool{}
	t := reflect.TypeFor[Settings]()
	for i := range t.NumField() {
		known[t.Field(i).Tag.Get(variableTag)] = true
	}
	for _, name := range plain {
		known[name] = true
	}
	for _, name := range secrets {
		known[name], known[name+"_FILE"] = true, true
	}
	env := environment{}
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		if strings.HasPrefix(name, "ALLEATO_") && !known[name] {
			return nil, fmt.Errorf("unknown variable %s: see .env.example for those there are", name)
		}
		env[name] = value
	}
	return env, env.readFiles()
}

func (e environment) readFiles() error {
	for _, name := range secrets {
		path := e[name+"_FILE"]
		if path == "" {
			continue
		}
		if e[name] != "" {
			return fmt.Errorf("both %s and %s_FILE are set: keep one", name, name)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return fmt.Errorf("%s_FILE: %w", name, err)
		}
		e[name] = strings.TrimSpace(string(content))
	}
	return nil
}

// Validate is part of kong.Resolver.
func (e environment) Validate(*kong.Application) error { return nil }

// Resolve gives a flag its variable's value, so that kong need not read the environment itself.
func (e environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if value := e[flag.Tag.Get(variableTag)]; value != "" {
		return value, nil
	}
	return nil, nil
}

func newConfig(s Settings, env environment) (*Config, error) {
	c := &Config{Settings: s, env: env, AdminEmail: env["ALLEATO_ADMIN_EMAIL"], AdminPassword: env["ALLEATO_ADMIN_PASSWORD"]}
	c.DatabaseURL = cmp.Or(env["DATABASE_URL"], "sqlite://"+filepath.Join(s.Data, "alleato.db"))
	var err error
	check := func(step func() error) {
		err = errors.Join(err, step())
	}
	check(c.checkURLs)
	check(c.readFilesURL)
	check(c.readEndpoints)
	check(c.readProxies)
	check(c.readHookHosts)
	check(c.readRates)
	check(c.readLimits)
	check(c.readTimeouts)
	check(func() error { _, _, err := logLevel(s.Log); return err })
	if (c.AdminEmail == "") != (c.AdminPassword == "") {
		err = errors.Join(err, errors.New("ALLEATO_ADMIN_EMAIL and ALLEATO_ADMIN_PASSWORD belong together: set both"))
	}
	return c, err
}

func (c *Config) checkURLs() error {
	for _, origin := range c.CORSOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			return fmt.Errorf("ALLEATO_CORS_ORIGINS: %q is not an origin such as https://example.com", origin)
		}
	}
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return fmt.Errorf("ALLEATO_PUBLIC_URL: %q is not an http or https URL", c.PublicURL)
	}
	return nil
}

// readFilesURL takes a directory, the one kind of place for files that there is.
func (c *Config) readFilesURL() error {
	if c.FilesURL == "" {
		c.FilesDir = filepath.Join(c.Data, "files")
		return nil
	}
	dir, ok := strings.CutPrefix(c.FilesURL, "file://")
	if !ok || dir == "" {
		return fmt.Errorf("ALLEATO_FILES_URL: %q is not file:// and a directory", c.FilesURL)
	}
	c.FilesDir = dir
	return nil
}

// readEndpoints takes one endpoint from OPENAI_BASE_URL and OPENAI_API_KEY, or several, as Open WebUI
// has them: lists with ; between, the keys in the order of the URLs.
func (c *Config) readEndpoints() error {
	const openAI = "https://api.openai.com/v1"
	urls, keys := splitList(c.env["OPENAI_API_BASE_URLS"]), strings.Split(c.env["OPENAI_API_KEYS"], ";")
	if len(urls) == 0 {
		if c.env["OPENAI_BASE_URL"] == "" && c.env["OPENAI_API_KEY"] == "" {
			return nil
		}
		urls, keys = []string{cmp.Or(c.env["OPENAI_BASE_URL"], openAI)}, []string{c.env["OPENAI_API_KEY"]}
	}
	for i, base := range urls {
		if u, err := url.Parse(base); err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
			return fmt.Errorf("%q is not the URL of a model endpoint, such as https://api.openai.com/v1", base)
		}
		endpoint := model.Endpoint{BaseURL: base}
		if i < len(keys) {
			endpoint.APIKey = strings.TrimSpace(keys[i])
		}
		c.Endpoints = append(c.Endpoints, endpoint)
	}
	return nil
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ";") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func (c *Config) readProxies() error {
	for _, text := range c.Settings.TrustedProxies {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			addr, err := netip.ParseAddr(text)
			if err != nil {
				return fmt.Errorf("ALLEATO_TRUSTED_PROXIES: %q is neither an address nor a CIDR", text)
			}
			prefix = netip.PrefixFrom(addr, addr.BitLen())
		}
		c.TrustedProxies = append(c.TrustedProxies, prefix)
	}
	return nil
}

func (c *Config) readHookHosts() (err error) {
	if c.HookPrivate, err = handlers.ParsePrivateHosts(c.WebhookPrivate); err != nil {
		return fmt.Errorf("ALLEATO_WEBHOOK_PRIVATE: %w", err)
	}
	return nil
}

// pairs reads key=value lists such as idle=60s,total=30m; set refuses what it does not know.
func pairs(variable, text string, set func(key, value string) error) error {
	for pair := range strings.SplitSeq(text, ",") {
		key, value, found := strings.Cut(strings.TrimSpace(pair), "=")
		if !found {
			return fmt.Errorf("%s: %q is not key=value", variable, pair)
		}
		if err := set(key, value); err != nil {
			return fmt.Errorf("%s: %s: %w", variable, key, err)
		}
	}
	return nil
}

var errUnknownKey = errors.New("there is no such setting")

func (c *Config) readRates() error {
	if c.RateLimits == "off" {
		return nil
	}
	c.Rates = &handlers.Rates{Reads: 600, Writes: 120, SignIn: 10, Send: 30, Upload: 30, Export: 5}
	fields := map[string]*int{"reads": &c.Rates.Reads, "writes": &c.Rates.Writes, "signin": &c.Rates.SignIn,
		"send": &c.Rates.Send, "upload": &c.Rates.Upload, "export": &c.Rates.Export}
	return pairs("ALLEATO_RATE_LIMITS", c.RateLimits, func(key, value string) error {
		if fields[key] == nil {
			return errUnknownKey
		}
		return setCount(fields[key], value)
	})
}

// setCount takes a number of 0 or more, or none for no limit.
func setCount(field *int, value string) error {
	if value == "none" {
		*field = 0
		return nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is neither a number above 0 nor none", value)
	}
	*field = n
	return nil
}

func (c *Config) readLimits() error {
	if c.Entitlements == "off" {
		return nil
	}
	c.Limits = map[store.Role]store.Limit{
		store.RoleGuest: {MessagesPerDay: 20, RepliesAtOnce: 2, UploadBytes: 5 << 20, StorageBytes: 50 << 20, Documents: 200, DocumentBytes: 20 << 20},
		store.RoleUser:  {MessagesPerDay: 200, RepliesAtOnce: 4, UploadBytes: 25 << 20, StorageBytes: 1 << 30, Documents: 10_000, DocumentBytes: 500 << 20},
		store.RoleAdmin: {RepliesAtOnce: 16, UploadBytes: 100 << 20},
	}
	return pairs("ALLEATO_ENTITLEMENTS", c.Entitlements, func(key, value string) error {
		role, what, _ := strings.Cut(key, ".")
		limit, ok := c.Limits[store.Role(role)]
		if !ok {
			return errUnknownKey
		}
		err := setLimit(&limit, what, value)
		c.Limits[store.Role(role)] = limit
		return err
	})
}

func setLimit(limit *store.Limit, what, value string) error {
	counts := map[string]*int{"messages": &limit.MessagesPerDay, "replies": &limit.RepliesAtOnce, "documents": &limit.Documents}
	sizes := map[string]*int64{"upload": &limit.UploadBytes, "storage": &limit.StorageBytes, "documentspace": &limit.DocumentBytes}
	if counts[what] != nil {
		return setCount(counts[what], value)
	}
	if sizes[what] != nil {
		return setSize(sizes[what], value)
	}
	return errUnknownKey
}

// setSize takes a size such as 500KB, 25MB or 1GB, or none for no limit.
func setSize(field *int64, value string) error {
	if value == "none" {
		*field = 0
		return nil
	}
	for unit, factor := range map[string]int64{"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30} {
		digits, ok := strings.CutSuffix(value, unit)
		n, err := strconv.ParseInt(digits, 10, 32)
		if ok && err == nil && n >= 1 {
			*field = n * factor
			return nil
		}
	}
	return fmt.Errorf("%q is neither a size such as 25MB nor none", value)
}

func (c *Config) readTimeouts() error {
	c.Idle, c.Total = time.Minute, 30*time.Minute
	fields := map[string]*time.Duration{"idle": &c.Idle, "total": &c.Total}
	return pairs("ALLEATO_MODEL_TIMEOUTS", c.ModelTimeouts, func(key, value string) error {
		if fields[key] == nil {
			return errUnknownKey
		}
		d, err := time.ParseDuration(value)
		if err == nil && d <= 0 {
			err = errors.New("must be longer than 0")
		}
		*fields[key] = d
		return err
	})
}

// minSecret is the shortest key that signs tokens and cookies, in bytes.
const minSecret = 32

// loadSecret takes JWT_SECRET, else the key in the data directory, which is made on first use.
func (c *Config) loadSecret() error {
	if given := c.env["JWT_SECRET"]; given != "" {
		if len(given) < minSecret {
			return fmt.Errorf("JWT_SECRET has %d bytes and needs at least %d: make one with: openssl rand -base64 32", len(given), minSecret)
		}
		c.Secret = []byte(given)
		return nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return fmt.Errorf("ALLEATO_DATA: %w", err)
	}
	path := filepath.Join(c.Data, "secret")
	secret, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		secret, err = makeSecret(path)
	}
	if err == nil && len(secret) < minSecret {
		err = fmt.Errorf("%s is too short: delete it to get a new one (everybody is signed out then)", path)
	}
	c.Secret = secret
	return err
}

func makeSecret(path string) ([]byte, error) {
	raw := make([]byte, minSecret)
	if _, err := rand.Read(raw); err != nil {
		return nil, err
	}
	secret := []byte(base64.StdEncoding.EncodeToString(raw))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) { // another process was first
		return os.ReadFile(path)
	}
	if err != nil {
		return nil, err
	}
	_, err = f.Write(secret)
	return secret, errors.Join(err, f.Close())
}
