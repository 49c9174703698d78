package store_test

import (
	"strings"
	"testing"
	"time"

	"alleato/store"
	"alleato/store/storetest"
)

// TestTransfers: one of a kind at a time, until it shows no sign of life.
func TestTransfers(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		one, err := s.StartTransfer(ctx(t), u.ID, store.Export, "json", "")
		must(t, err)
		_, err = s.StartTransfer(ctx(t), u.ID, store.Export, "csv", "")
		wantCode(t, err, store.Conflict)
		_, err = s.StartTransfer(ctx(t), u.ID, store.Import, "", "a.json")
		must(t, err)
		c.advance(20 * time.Second)
		must(t, s.BeatTransfer(ctx(t), one.ID, 40))
		c.advance(20 * time.Second)
		n, err := s.FailSilentTransfers(ctx(t), store.TransferSilence)
		must(t, err)
		read, err := s.Transfer(ctx(t), u.ID, store.Export, one.ID)
		must(t, err)
		if n != 1 || !read.Running() || read.Progress != 40 {
			t.Errorf("%d were silent, %+v", n, read)
		}
		c.advance(time.Minute)
		_, err = s.StartTransfer(ctx(t), u.ID, store.Export, "csv", "") // the first one's server died
		must(t, err)
		wantCode(t, s.BeatTransfer(ctx(t), one.ID, 50), store.Conflict)
		list, err := s.Transfers(ctx(t), u.ID, store.Export)
		must(t, err)
		if len(list) != 2 || list[1].Status != store.TransferFailed || !strings.Contains(*list[1].Error, "server stopped") {
			t.Errorf("%+v", list)
		}
		_, err = s.Transfer(ctx(t), register(t, s, "eve").ID, store.Export, one.ID)
		wantCode(t, err, store.NotFound)
	})
}

// TestExportExpires: after a day the file is gone, the line about it stays.
func TestExportExpires(t *testing.T) {
	c := newClock()
	storetest.EachAt(t, c.now, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		tr, err := s.StartTransfer(ctx(t), u.ID, store.Export, "json", "")
		must(t, err)
		f := s.NewFile(u.ID, store.Exports, "a.zip", "application/zip")
		f.Size = 7
		must(t, s.FinishExport(ctx(t), tr.ID, f))
		used, err := s.Usage(ctx(t), u.ID)
		must(t, err)
		read, err := s.Transfer(ctx(t), u.ID, store.Export, tr.ID)
		must(t, err)
		if used != 0 || read.File == nil || read.File.ID != f.ID || read.Status != store.TransferComplete || read.Progress != 100 {
			t.Errorf("%d bytes used, %+v", used, read)
		}
		for _, wait := range []time.Duration{23 * time.Hour, 2 * time.Hour} {
			c.advance(wait)
			_, err := s.ExpireExports(ctx(t))
			must(t, err)
		}
		_, err = s.File(ctx(t), u.ID, f.ID)
		wantCode(t, err, store.NotFound)
		gone, err := s.Deleted(ctx(t), 10)
		must(t, err)
		read, err = s.Transfer(ctx(t), u.ID, store.Export, tr.ID)
		must(t, err)
		if len(gone) != 1 || read.File != nil {
			t.Errorf("deleted %v, %+v", gone, read)
		}
		must(t, s.ForgetFile(ctx(t), f.ID))
		_, err = s.Transfer(ctx(t), u.ID, store.Export, tr.ID)
		must(t, err)
	})
}

// TestKeptExports: exports fill no disk, however many are made in a day.
func TestKeptExports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, other := register(t, s, "ada"), register(t, s, "eve")
		export := func(u *store.User) {
			t.Helper()
			tr, err := s.StartTransfer(ctx(t), u.ID, store.Export, "json", "")
			must(t, err)
			must(t, s.FinishExport(ctx(t), tr.ID, s.NewFile(u.ID, store.Exports, "a.zip", "application/zip")))
		}
		export(other)
		for range store.KeptExports + 3 {
			export(u)
		}
		gone, err := s.Deleted(ctx(t), 10)
		must(t, err)
		list, err := s.Transfers(ctx(t), u.ID, store.Export)
		must(t, err)
		if len(gone) != 3 || len(list) != store.KeptExports+3 {
			t.Errorf("%d deleted, %d listed", len(gone), len(list))
		}
		for i, tr := range list {
			if there := tr.File != nil; there != (i < store.KeptExports) {
				t.Errorf("export %d from the newest: %v", i, there)
			}
		}
		list, err = s.Transfers(ctx(t), other.ID, store.Export)
		must(t, err)
		if list[0].File == nil {
			t.Error("somebody else's is gone")
		}
	})
}

func imported(user *store.User, n int) *store.ImportedChat {
	c := &store.ImportedChat{ID: store.ImportedID(user.ID, "test", "chat", "1"), Title: "Imported", CreatedAt: time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC),
		UpdatedAt: time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC), Votes: map[string]bool{"m1": true, "m0": true}}
	for i := range n {
		m := store.Message{ID: "m" + itoa(i), Role: []string{"user", "assistant"}[i%2], Status: store.StatusComplete,
			Parts: []store.Part{{Type: "text", Text: "word" + itoa(i)}}, CreatedAt: c.CreatedAt}
		if i > 0 {
			parent := "m" + itoa(i-1)
			m.ParentID = &parent
		}
		c.Messages, c.HeadID = append(c.Messages, m), m.ID
	}
	return c
}

func itoa(n int) string {
	const digits = "0123456789"
	if n < 10 {
		return digits[n : n+1]
	}
	return itoa(n/10) + digits[n%10:n%10+1]
}

// TestImportChat: importing adds what is new, and leaves what the person went on with.
func TestImportChat(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u, other := register(t, s, "ada"), register(t, s, "eve")
		if store.ImportedID(u.ID, "a", "chat", "1") == store.ImportedID(other.ID, "a", "chat", "1") {
			t.Error("two users have one id")
		}
		small := imported(u, 4)
		for i, want := range []int{4, 0} {
			added, err := s.ImportChat(ctx(t), u, small)
			if err != nil || added != want {
				t.Errorf("time %d: %d added, %v", i, added, err)
			}
		}
		target, err := s.ImportTarget(ctx(t), u.ID, "", small.ID)
		must(t, err)
		votes, err := s.Votes(ctx(t), u.ID, small.ID)
		must(t, err)
		if len(target.Known) != 4 || len(votes) != 1 || votes[0].MessageID != "m1" {
			t.Errorf("%+v, votes %+v", target, votes)
		}
		chat, err := s.Chat(ctx(t), u.ID, small.ID)
		must(t, err)
		if *chat.HeadID != "m3" || chat.UpdatedAt.Year() != 2024 || chat.Visibility != store.Private {
			t.Errorf("%+v", chat)
		}
		large := imported(u, 450) // the source has grown, over several batches
		added, err := s.ImportChat(ctx(t), u, large)
		must(t, err)
		if chat, err = s.Chat(ctx(t), u.ID, small.ID); err != nil || added != 446 || *chat.HeadID != "m449" {
			t.Errorf("%d added, head %s, %v", added, *chat.HeadID, err)
		}
		branch, err := s.Branch(ctx(t), chat.ID, "m449")
		must(t, err)
		found, err := s.Search(ctx(t), u.ID, "word333", 5)
		must(t, err)
		if len(branch) != 450 || len(found) != 1 {
			t.Errorf("branch of %d, found %d", len(branch), len(found))
		}
		r := next(&store.Reply{User: u, Chat: chat, Answer: &store.Message{ID: "m449"}}, "And then?")
		must(t, s.StartReply(ctx(t), r))
		finish(t, s, r, "That.")
		if added, err = s.ImportChat(ctx(t), u, imported(u, 452)); err != nil || added != 2 {
			t.Errorf("%d added, %v", added, err)
		}
		if chat, err = s.Chat(ctx(t), u.ID, small.ID); err != nil || *chat.HeadID != r.Answer.ID {
			t.Errorf("the head moved away from what the person wrote: %s, %v", *chat.HeadID, err)
		}
		_, err = s.ImportChat(ctx(t), other, small) // another user's id
		wantCode(t, err, store.NotFound)
		_, err = s.ImportTarget(ctx(t), other.ID, small.ID, small.ID)
		wantCode(t, err, store.NotFound)
		must(t, s.DeleteChat(ctx(t), u.ID, small.ID))
		if target, err = s.ImportTarget(ctx(t), u.ID, small.ID, "free"); err != nil || !target.Deleted {
			t.Errorf("%+v %v", target, err)
		}
	})
}

// TestImportHostileFields: what no column of ours holds ends no import, and is not kept.
func TestImportHostileFields(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		u := register(t, s, "ada")
		c := imported(u, 6)
		model, long, huge, negative, fine := "gpt\x00\n4", strings.Repeat("m", 1<<20), 1<<40, -1, 7
		c.Messages[1].Model, c.Messages[3].Model = &model, &long
		c.Messages[1].Usage = store.Usage{InputTokens: &huge, OutputTokens: &negative}
		c.Messages[3].Usage = store.Usage{InputTokens: &fine}
		added, err := s.ImportChat(ctx(t), u, c)
		must(t, err)
		all, err := s.Messages(ctx(t), c.ID)
		must(t, err)
		if added != 6 || len(all) != 6 {
			t.Fatalf("%d added, %d there", added, len(all))
		}
		if m := all[1]; m.Model == nil || strings.ContainsAny(*m.Model, "\x00\n") || m.Usage.InputTokens != nil || m.Usage.OutputTokens != nil {
			t.Errorf("%+v", m)
		}
		if m := all[3]; len(*m.Model) > 200 || m.Usage.InputTokens == nil || *m.Usage.InputTokens != 7 {
			t.Errorf("%d bytes of model, %+v", len(*m.Model), m.Usage)
		}
		must(t, s.SetModel(ctx(t), u.ID, long))
		after, err := s.User(ctx(t), u.ID)
		must(t, err)
		if n := len(after.Model()); n == 0 || n > 200 {
			t.Errorf("%d bytes of a model in the settings", n)
		}
	})
}

// TestImportYields: while long messages are imported others write too, and do not wait for the whole chat.
func TestImportYields(t *testing.T) {
	s := storetest.Open(t)
	u, other := register(t, s, "ada"), register(t, s, "eve")
	c := imported(u, 80)
	for i := range c.Messages {
		var b strings.Builder
		for n := 0; b.Len() < 100_000; n++ {
			b.WriteString("w" + itoa(i) + "w" + itoa(n) + " ")
		}
		c.Messages[i].Parts[0].Text = b.String()
	}
	imported := make(chan error, 1)
	go func() {
		_, err := s.ImportChat(ctx(t), u, c)
		imported <- err
	}()
	for writes := 0; ; writes++ {
		select {
		case err := <-imported:
			if err != nil || writes < 6 {
				t.Errorf("%d writes meanwhile, %v", writes, err)
			}
			return
		default:
		}
		must(t, s.CreateChat(ctx(t), other, &store.Chat{}))
		time.Sleep(5 * time.Millisecond) // whoever writes without a pause would keep the import out
	}
}
