package storetest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
)

// AdminURL is the variable that names a Postgres to test on.
const AdminURL = "ALLEATO_TEST_POSTGRES"

const startTime = time.Minute

// ErrNoPostgres says that no Postgres is installed.
var ErrNoPostgres = errors.New("PostgreSQL is not installed")

// cluster is this test process's own server. It has to outlive single tests,
// and testing has no other place for that than the package.
var cluster struct {
	sync.Mutex
	main bool // Main runs, so there is somebody to stop it
	pg   *Postgres
	err  error
}

// Main runs a package's tests and then stops the Postgres that they started:
//
//	func TestMain(m *testing.M) { storetest.Main(m) }
func Main(m *testing.M) {
	cluster.Lock()
	cluster.main = true
	cluster.Unlock()
	code := m.Run()
	if err := stopCluster(); err != nil {
		fmt.Fprintln(os.Stderr, "stop Postgres:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func stopCluster() error {
	cluster.Lock()
	defer cluster.Unlock()
	if cluster.pg == nil {
		return nil
	}
	return cluster.pg.Stop()
}

// PostgresURL makes an empty schema that ends with the test, and names it as
// the database: a database of its own would take ten times as long. Where
// there is no Postgres the test is skipped, and fails when CI=true.
func PostgresURL(t testing.TB) string {
	t.Helper()
	admin, err := adminURL()
	if err != nil {
		lack(t, fmt.Sprintf("no Postgres: %v (%s may name one)", err, AdminURL))
	}
	u, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("%s: %v", AdminURL, err)
	}
	name := "alleato_test_" + strings.ToLower(rand.Text())
	if err := execute(admin, "CREATE SCHEMA "+name); err != nil {
		t.Fatalf("create a schema: %v", err)
	}
	t.Cleanup(func() {
		if err := execute(admin, "DROP SCHEMA "+name+" CASCADE"); err != nil {
			t.Errorf("drop the schema: %v", err)
		}
	})
	q := u.Query()
	q.Set("search_path", name)
	u.RawQuery = q.Encode()
	return u.String()
}

// adminURL starts a server at most once per process.
func adminURL() (string, error) {
	if u := os.Getenv(AdminURL); u != "" {
		return u, nil
	}
	cluster.Lock()
	defer cluster.Unlock()
	switch {
	case !cluster.main:
		return "", errors.New("this package's TestMain does not call storetest.Main")
	case cluster.pg == nil && cluster.err == nil:
		ctx, cancel := context.WithTimeout(context.Background(), startTime)
		defer cancel()
		cluster.pg, cluster.err = StartPostgres(ctx)
	}
	if cluster.err != nil {
		return "", cluster.err
	}
	return cluster.pg.URL, nil
}

func execute(admin, statement string) (err error) {
	cfg, err := pgx.ParseConfig(admin)
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*cfg)
	defer func() { err = errors.Join(err, db.Close()) }()
	return run(db, statement)
}

func run(db *sql.DB, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), callTime)
	defer cancel()
	_, err := db.ExecContext(ctx, statement)
	return err
}

// Postgres is a throw-away server: no network, no durability, its own
// directory.
type Postgres struct {
	URL   string // of its superuser
	shell *exec.Cmd
	hold  *os.File // the server lives as long as this is open
	dir   string
}

// serve runs the server until its standard input ends, which it does with our
// process, however that ends: nothing is left running, nor on the disk.
const serve = `"$1/postgres" -D "$2/data" -k "$2" -c listen_addresses= -c fsync=off \
	-c synchronous_commit=off -c full_page_writes=off -c max_connections=200 >"$2/log" 2>&1 &
cat >/dev/null
kill -INT $! 2>/dev/null
wait
rm -rf "$2"`

// StartPostgres makes and starts a server with the installed programs; the
// newest version wins. Postgres refuses to run as root: then it runs as user
// postgres, else nobody. Without the programs it fails with ErrNoPostgres.
func StartPostgres(ctx context.Context) (pg *Postgres, err error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "alleato-pg-")
	if err != nil {
		return nil, err
	}
	pg = &Postgres{dir: dir, URL: "postgres://alleato@/postgres?host=" + url.QueryEscape(dir)}
	defer func() {
		if err != nil {
			err = errors.Join(err, pg.Stop())
		}
	}()
	as, err := unprivileged(dir)
	if err != nil {
		return nil, err
	}
	initdb := exec.CommandContext(ctx, filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"),
		"-U", "alleato", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions")
	initdb.Dir, initdb.SysProcAttr = dir, as
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	if err := pg.serve(bin, as); err != nil {
		return nil, err
	}
	return pg, pg.ready(ctx)
}

func (pg *Postgres) serve(bin string, as *syscall.SysProcAttr) error {
	stdin, hold, err := os.Pipe()
	if err != nil {
		return err
	}
	sh := exec.Command("/bin/sh", "-c", serve, "sh", bin, pg.dir)
	sh.Dir, sh.Stdin, sh.SysProcAttr = pg.dir, stdin, as
	if err := sh.Start(); err != nil {
		return errors.Join(err, stdin.Close(), hold.Close())
	}
	pg.shell, pg.hold = sh, hold
	return stdin.Close()
}

// ready waits until the server answers.
func (pg *Postgres) ready(ctx context.Context) error {
	for {
		err := execute(pg.URL, "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(pg.dir, "log")) // only to say more
			return fmt.Errorf("start Postgres: %w: %s", err, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the server and removes its directory.
func (pg *Postgres) Stop() (err error) {
	if pg.shell != nil {
		err = errors.Join(pg.hold.Close(), pg.shell.Wait())
	}
	return errors.Join(err, os.RemoveAll(pg.dir))
}

// binaries finds the directory of initdb and postgres.
func binaries() (string, error) {
	dirs, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.SortFunc(dirs, func(a, b string) int { return version(b) - version(a) })
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	for _, dir := range dirs {
		if _, err := os.Stat(filepath.Join(dir, "initdb")); err == nil {
			return dir, nil
		}
	}
	return "", ErrNoPostgres
}

func version(bin string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(bin)))
	if err != nil {
		return 0
	}
	return n
}

// unprivileged gives dir to a user who may run Postgres. The process group of
// its own keeps an interrupt at the terminal from ending the shell before it
// has cleaned up.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setpgid: true}
	if os.Geteuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, uidErr := strconv.ParseUint(u.Uid, 10, 32)
		gid, gidErr := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(uidErr, gidErr, os.Chown(dir, int(uid), int(gid))); err != nil {
			return nil, err
		}
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, nil
	}
	return nil, errors.New("no user to run Postgres as")
}
