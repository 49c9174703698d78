package handlers

import (
	"strings"
	"testing"

	"alleato/store"
)

// TestSpoolShares: one person's bodies leave room for others', and the disk has an end.
func TestSpoolShares(t *testing.T) {
	room := spoolSpace{held: map[string]int64{}}
	if err := room.add("greedy", spoolShare); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{room.add("greedy", 1), room.check("greedy", 1)} {
		if store.CodeOf(err) != store.Unavailable {
			t.Errorf("more than a share: %v", err)
		}
	}
	if err := room.check("ada", importBytes); err != nil {
		t.Errorf("another: %v", err)
	}
	for _, who := range strings.Split("abcde", "") {
		if err := room.add(who, spoolShare); err != nil {
			t.Errorf("%s: %v", who, err)
		}
	}
	if err := room.add("ada", 1); store.CodeOf(err) != store.Unavailable {
		t.Errorf("more than all: %v", err)
	}
	if err := room.add("greedy", -spoolShare); err != nil || room.add("ada", importBytes) != nil || len(room.held) != 6 {
		t.Errorf("given back: %v %v", err, room.held)
	}
}

// TestSpoolGivesBack: what is closed, or broke off, holds no room.
func TestSpoolGivesBack(t *testing.T) {
	s := &Server{Options: Options{Spool: t.TempDir()}, room: spoolSpace{held: map[string]int64{}}}
	up, err := s.spool(strings.NewReader("0123456789"), "ada", "a.txt", 10)
	if err != nil || s.room.held["ada"] != 10 || up.size != 10 {
		t.Fatalf("%v %v", err, s.room.held)
	}
	if _, err := s.spool(strings.NewReader("0123456789x"), "ada", "a.txt", 10); store.CodeOf(err) != store.TooLarge || s.room.all != 10 {
		t.Errorf("too long: %v, %d held", err, s.room.all)
	}
	if err := up.Close(); err != nil || s.room.all != 0 || len(s.room.held) != 0 {
		t.Errorf("%v %v", err, s.room.held)
	}
	if up.Close() == nil || s.room.all != 0 {
		t.Errorf("closed twice: %d held", s.room.all)
	}
}
