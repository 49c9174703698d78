// Command alleato is the program: subcommands, configuration, wiring and the order of shutdown. It is
// the only place that reads the environment, and nothing imports it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"alleato/store/media"
)

// version is set by the linker.
var version = "dev"

func main() {
	media.Child() // ends here if this process was started to read a document
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal does not wait for the grace time
	err := run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, errHelp) {
		fmt.Fprintln(os.Stderr, "alleato:", err)
		os.Exit(1)
	}
}

var errHelp = errors.New("help was shown")

// program is what the command line and the environment come to, and where a subcommand runs.
type program struct {
	ctx    context.Context
	config *Config
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// commands is the command line. Settings are flags of every subcommand.
type commands struct {
	Settings

	Serve   serveCommand   `cmd:"" default:"1" help:"Serve (the default)."`
	Migrate migrateCommand `cmd:"" help:"Bring the database to this version, or take steps back."`
	User    userCommand    `cmd:"" help:"Make and change accounts."`
	Config  configCommand  `cmd:"" help:"Print the configuration in force, secrets masked."`
	Health  healthCommand  `cmd:"" help:"Ask a running server whether it is well."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// run is main without the process: everything it needs comes in.
func run(ctx context.Context, args, environ []string, stdin io.Reader, stdout, stderr io.Writer) error {
	env, err := newEnvironment(environ)
	if err != nil {
		return err
	}
	var cli commands
	shown := false
	parser, err := kong.New(&cli, kong.Name("alleato"), kong.Description("A self-hosted AI chat in one binary."),
		kong.Writers(stdout, stderr), kong.Exit(func(int) { shown = true }), kong.Resolvers(env), kong.UsageOnError())
	if err != nil {
		return err
	}
	command, err := parser.Parse(args)
	if shown {
		return errHelp
	}
	if err != nil {
		return err
	}
	config, err := newConfig(cli.Settings, env)
	if err != nil {
		return err
	}
	return command.Run(&program{ctx: ctx, config: config, stdin: stdin, stdout: stdout, stderr: stderr})
}

type versionCommand struct{}

func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintln(p.stdout, version)
	return err
}
