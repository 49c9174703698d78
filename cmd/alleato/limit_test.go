package main

import (
	"io"
	"strings"
	"testing"

	"alleato/store"
)

func TestFileSettings(t *testing.T) {
	config := func(environ ...string) (*Config, error) {
		env, err := newEnvironment(environ)
		if err != nil {
			return nil, err
		}
		s := Settings{Data: "d", Entitlements: "guest.upload=1MB,user.storage=2GB,admin.storage=none,admin.upload=500KB", RateLimits: "off",
			ModelTimeouts: "idle=1s", Log: "info", FilesURL: env["ALLEATO_FILES_URL"]}
		return newConfig(s, env)
	}
	c, err := config()
	if err != nil || c.FilesDir != "d/files" {
		t.Fatalf("files in %v, %v", c, err)
	}
	for role, want := range map[store.Role]store.Limit{
		store.RoleGuest: {MessagesPerDay: 20, RepliesAtOnce: 2, UploadBytes: 1 << 20, StorageBytes: 50 << 20, Documents: 200, DocumentBytes: 20 << 20},
		store.RoleUser:  {MessagesPerDay: 200, RepliesAtOnce: 4, UploadBytes: 25 << 20, StorageBytes: 2 << 30, Documents: 10_000, DocumentBytes: 500 << 20},
		store.RoleAdmin: {RepliesAtOnce: 16, UploadBytes: 500 << 10},
	} {
		if got := c.Limits[role]; got != want {
			t.Errorf("%s: %+v, want %+v", role, got, want)
		}
	}
	if c, err := config("ALLEATO_FILES_URL=file:///srv/f"); err != nil || c.FilesDir != "/srv/f" {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"s3://bucket", "file://", "/srv"} {
		if _, err := config("ALLEATO_FILES_URL=" + bad); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
	for _, bad := range []string{"guest.upload=5", "guest.upload=-1MB", "guest.upload=MB", "guest.upload=99999999999GB"} {
		if err := run(t.Context(), []string{"config", "--entitlements", bad}, nil, strings.NewReader(""), io.Discard, io.Discard); err == nil {
			t.Errorf("%s is taken", bad)
		}
	}
}
