package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"alleato/ai"
	"alleato/ai/model"
	"alleato/handlers"
	"alleato/static"
	"alleato/store"
	"alleato/store/blob"
	"alleato/store/kv"
	"alleato/views/markdown"
)

// ollamaURL is where an Ollama is looked for when no model is configured.
const ollamaURL = "http://127.0.0.1:11434"

type serveCommand struct{}

// Run serves until the context ends, then stops in order: not ready, no new replies, a grace time
// for those that run, then streams, requests, database.
func (serveCommand) Run(p *program) (err error) {
	log := newLog(p.config, p.stderr)
	if err := p.config.loadSecret(); err != nil {
		return err
	}
	st, err := p.openStore(log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	release, err := st.LockExclusive()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	if err := p.makeAdmin(st, log); err != nil {
		return err
	}
	if n, err := st.InterruptStreams(p.ctx, "", 0); err != nil {
		return err
	} else if n > 0 {
		log.Warn("replies were cut off when the server last stopped", "replies", n)
	}
	if n, err := st.FailSilentTransfers(p.ctx, 0); err != nil {
		return err
	} else if n > 0 {
		log.Warn("exports or imports were cut off when the server last stopped", "transfers", n)
	}
	return p.serve(st, log)
}

func (p *program) serve(st *store.Store, log *slog.Logger) (err error) {
	values := kv.NewEmbedded(kv.Options{Writer: st.Writer(), Reader: st.Reader(), Now: st.Now, Log: log})
	models := p.models(st, log)
	defer models.Close()
	blobs, err := p.openFiles()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, blobs.Close()) }()
	server, runner, err := p.wire(st, values, blobs, models, log)
	if err != nil {
		return err
	}
	defer p.housekeep(server)()
	sweeping, endSweep := context.WithCancel(context.WithoutCancel(p.ctx))
	swept := sweep(sweeping, st, sweepEvery, log)
	defer func() { endSweep(); <-swept }()
	listener, err := net.Listen("tcp", p.config.Addr)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w (ALLEATO_ADDR or --addr names another address)", p.config.Addr, err)
	}
	if err := p.greet(server, listener, log); err != nil {
		return err
	}
	served := make(chan error, 1)
	go func() { served <- server.App().Listener(listener) }()
	select {
	case err := <-served:
		return errors.Join(err, values.Close())
	case <-p.ctx.Done():
	}
	return errors.Join(p.shutDown(server, runner, log), <-served, values.Close())
}

// models is the catalogue; an Ollama is looked for only when nothing is configured.
func (p *program) models(st *store.Store, log *slog.Logger) *model.Catalogue {
	options := model.Options{Endpoints: p.config.Endpoints, Only: p.config.Models, Idle: p.config.Idle, Now: st.Now, Log: log}
	if len(p.config.Endpoints) == 0 {
		options.OllamaURL = ollamaURL
	}
	return model.NewCatalogue(options)
}

func (p *program) wire(st *store.Store, values kv.Store, blobs blob.Store, models *model.Catalogue, log *slog.Logger) (*handlers.Server, *ai.Runner, error) {
	c := p.config
	assets, err := static.Load()
	if err != nil {
		return nil, nil, err
	}
	node, err := os.Hostname()
	if err != nil {
		return nil, nil, err
	}
	runner := ai.NewRunner(ai.Options{Store: st, KV: values, Models: models, Node: node, Total: c.Total,
		TitleModel: c.TitleModel, Limits: c.Limits, Blobs: blobs, Log: log})
	server, err := handlers.New(handlers.Options{
		Store: st, KV: values, Runner: runner, Models: models, Assets: assets, Markdown: markdown.New(markdown.Options{}),
		Blobs: blobs, Spool: p.spool(),
		Log: log, Secret: c.Secret, PublicURL: c.PublicURL, TrustedProxies: c.TrustedProxies, CORSOrigins: c.CORSOrigins,
		SignupClosed: c.Signup == "closed", Env: c.Env, Rates: c.Rates, HookPrivate: c.HookPrivate, Version: version,
	})
	return server, runner, err
}

// spool is where uploads wait: on the disk of the data, since the system's place may be memory.
func (p *program) spool() string { return filepath.Join(p.config.Data, "tmp") }

// openFiles opens the place for the bytes of files.
func (p *program) openFiles() (*blob.Dir, error) {
	if err := os.MkdirAll(p.spool(), 0o700); err != nil {
		return nil, fmt.Errorf("ALLEATO_DATA: %w", err)
	}
	dir, err := blob.OpenDir(p.config.FilesDir)
	if err != nil {
		return nil, fmt.Errorf("ALLEATO_FILES_URL: %w", err)
	}
	return dir, nil
}

// housekeep begins what the server does by the hour; the function that it returns ends it.
func (p *program) housekeep(server *handlers.Server) (end func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	var work sync.WaitGroup
	work.Go(func() { server.Housekeep(ctx) })
	return func() { cancel(); work.Wait() }
}

// greet says where the server is and, while there is no admin, how to make one.
func (p *program) greet(server *handlers.Server, listener net.Listener, log *slog.Logger) error {
	origin := "http://" + listener.Addr().String()
	link, err := server.SetupLink(p.ctx, origin)
	if err != nil {
		return err
	}
	log.Info("serving", "address", origin, "version", version)
	if link != "" {
		_, err = fmt.Fprintf(p.stderr, "There is no admin yet. Open this link, which works once and for a day, to make one:\n  %s\n", link)
	}
	return err
}

func (p *program) shutDown(server *handlers.Server, runner *ai.Runner, log *slog.Logger) error {
	log.Info("shutting down", "running", runner.Running(), "grace", p.config.ShutdownGrace.String())
	server.Drain()
	ctx, cancel := context.WithTimeout(context.Background(), p.config.ShutdownGrace)
	defer cancel()
	if err := runner.Shutdown(ctx); err != nil {
		log.Warn("replies were interrupted by the shutdown", "error", err)
	}
	// readers see the end of their replies before their streams are closed
	last, stop := context.WithTimeout(context.Background(), 2*time.Second)
	defer stop()
	return server.Shutdown(last)
}

// openStore opens the database and brings it to this version.
func (p *program) openStore(log *slog.Logger) (*store.Store, error) {
	if err := os.MkdirAll(p.config.Data, 0o700); err != nil {
		return nil, fmt.Errorf("ALLEATO_DATA: %w", err)
	}
	st, err := store.Open(p.ctx, store.Options{URL: p.config.DatabaseURL, Now: time.Now, Log: log, Limits: p.config.Limits})
	if err != nil {
		return nil, err
	}
	applied, err := st.MigrateUp(p.ctx)
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	for _, name := range applied {
		log.Info("migrated", "migration", name)
	}
	return st, nil
}

// makeAdmin makes the admin that the environment names, unless there is one.
func (p *program) makeAdmin(st *store.Store, log *slog.Logger) error {
	if p.config.AdminEmail == "" {
		return nil
	}
	credentials := store.Credentials{Email: p.config.AdminEmail, Password: p.config.AdminPassword}
	credentials.Normalize()
	_, err := st.CreateFirstAdmin(p.ctx, credentials, nil)
	var e *store.Error
	if errors.As(err, &e) && e.Code == store.Conflict && e.Field != "email" {
		return nil // there is an admin
	}
	if e != nil && e.Field == "email" && e.Code == store.Conflict {
		return fmt.Errorf("ALLEATO_ADMIN_EMAIL: %s has an account that is no admin: alleato user role %[1]s admin makes it one", credentials.Email)
	}
	if err == nil {
		log.Info("admin made", "email", credentials.Email)
	}
	return err
}
