package model_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"alleato/ai/model"

	"github.com/google/go-cmp/cmp"
)

func TestDemoModel(t *testing.T) {
	c := newCatalogue(t, model.Options{})
	want := model.Info{ID: "demo", Label: "Alleato demo", Provider: "Alleato", ContextWindow: 8192, Capabilities: model.Capabilities{Reasoning: true, Tools: true}}
	list, err := c.Models(t.Context())
	if err != nil || !cmp.Equal(list, []model.Info{want}) || !c.Demo(t.Context()) {
		t.Fatalf("got %+v, %v", list, err)
	}
	if d, err := c.Default(t.Context()); err != nil || d != want {
		t.Errorf("default %+v, %v", d, err)
	}
	began := time.Now()
	got := ask(t, c, "Think: what is 6 * 7?")
	took := time.Since(began)
	if !strings.Contains(got.text, "= 42$") || !strings.Contains(got.reasoning, "arithmetic") || got.finish != "stop" || got.err != nil || got.usage == nil {
		t.Errorf("got %+v", got)
	}
	if got.deltas < 60 || took < 15*time.Millisecond*time.Duration(got.deltas-1)*9/10 {
		t.Errorf("%d deltas in %v: not paced like a model", got.deltas, took)
	}
}

func TestDemoModelCancels(t *testing.T) {
	c := newCatalogue(t, model.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	s, err := c.Stream(ctx, userSays("a long answer"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	cancel()
	for range 10 {
		if _, err = s.Recv(); err != nil {
			break
		}
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
