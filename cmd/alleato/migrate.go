package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"time"

	"alleato/store"
)

type migrateCommand struct {
	Up     migrateUp     `cmd:"" help:"Apply what is missing."`
	Down   migrateDown   `cmd:"" help:"Take back the newest migration."`
	Status migrateStatus `cmd:"" help:"List the migrations."`
}

// withUnmigrated runs fn on the database as it is.
func (p *program) withUnmigrated(fn func(*store.Store) error) (err error) {
	if err := os.MkdirAll(p.config.Data, 0o700); err != nil {
		return err
	}
	st, err := store.Open(p.ctx, store.Options{URL: p.config.DatabaseURL, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	return fn(st)
}

type migrateUp struct{}

// Run applies what is missing and prints it.
func (migrateUp) Run(p *program) error {
	return p.withUnmigrated(func(st *store.Store) error {
		applied, err := st.MigrateUp(p.ctx)
		for _, name := range applied {
			fmt.Fprintln(p.stdout, "applied", name)
		}
		if err == nil && len(applied) == 0 {
			fmt.Fprintln(p.stdout, "nothing to apply")
		}
		return err
	})
}

type migrateDown struct{}

// Run takes back the newest migration and prints it.
func (migrateDown) Run(p *program) error {
	return p.withUnmigrated(func(st *store.Store) error {
		name, err := st.MigrateDown(p.ctx)
		if err == nil {
			fmt.Fprintln(p.stdout, "taken back", name)
		}
		return err
	})
}

type migrateStatus struct{}

// Run lists the migrations and when each was applied.
func (migrateStatus) Run(p *program) error {
	return p.withUnmigrated(func(st *store.Store) error {
		list, err := st.MigrationStatus(p.ctx)
		for _, m := range list {
			applied := "not applied"
			if m.AppliedAt != nil {
				applied = m.AppliedAt.UTC().Format(time.RFC3339)
			}
			fmt.Fprintf(p.stdout, "%s %s\n", m.Name, applied)
		}
		return err
	})
}

type healthCommand struct{}

// Run asks the server at the configured address; anything but ready is an error.
func (healthCommand) Run(p *program) error {
	client := &http.Client{Timeout: 5 * time.Second}
	response, err := client.Get("http://" + p.config.Addr + "/readyz")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", response.Status)
	}
	_, err = fmt.Fprintln(p.stdout, "ready")
	return err
}
