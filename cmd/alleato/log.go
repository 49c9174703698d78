package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"golang.org/x/term"
)

// logLevel reads ALLEATO_LOG: a level, and a form after a comma.
func logLevel(text string) (slog.Level, string, error) {
	name, form, _ := strings.Cut(text, ",")
	var level slog.Level
	if err := level.UnmarshalText([]byte(name)); err != nil {
		return 0, "", fmt.Errorf("ALLEATO_LOG: %q is none of debug, info, warn, error", name)
	}
	if form != "" && form != "json" && form != "text" {
		return 0, "", fmt.Errorf("ALLEATO_LOG: %q is neither json nor text", form)
	}
	return level, form, nil
}

// newLog writes JSON, or text where a person reads it: at a terminal, or in development.
func newLog(c *Config, w io.Writer) *slog.Logger {
	level, form, _ := logLevel(c.Log) // checked by newConfig
	if form == "" {
		form = "json"
		if f, ok := w.(*os.File); c.Env == "development" || (ok && term.IsTerminal(int(f.Fd()))) {
			form = "text"
		}
	}
	options := &slog.HandlerOptions{Level: level}
	if form == "text" {
		return slog.New(slog.NewTextHandler(w, options))
	}
	return slog.New(slog.NewJSONHandler(w, options))
}
