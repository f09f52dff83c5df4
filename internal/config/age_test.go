package config

import (
	"strings"
	"testing"
	"time"
)

// TestKeep: ages are days or durations, 0 is for ever, and what is neither says what would be.
func TestKeep(t *testing.T) {
	const day = 24 * time.Hour
	for text, want := range map[string]time.Duration{
		"": 365 * day, "0": 0, "0d": 0, "1d": day, "24h": day, "3650d": 3650 * day, "36h": 36 * time.Hour,
	} {
		cfg, _, err := Load([]string{"CONNECTOR_KEEP_HISTORY=" + text}, nil)
		if err != nil || cfg.KeepHistory.Duration() != want {
			t.Errorf("%q: %v %v", text, cfg.KeepHistory.Duration(), err)
		}
	}
	for _, text := range []string{"365", "d", "-1d", "1.5d", "23h", "-24h", "3651d", "99999999d", "a year", "365 d"} {
		_, _, err := Load([]string{"CONNECTOR_KEEP_HISTORY=" + text}, nil)
		if err == nil || !strings.Contains(err.Error(), "CONNECTOR_KEEP_HISTORY: ") ||
			!strings.Contains(err.Error(), "365d") {
			t.Errorf("%q: %v", text, err)
		}
	}
	cfg, _, err := Load(nil, nil)
	if err != nil || cfg.KeepRefused.Duration() != 7*day || cfg.KeepUnread.Duration() != 90*day ||
		cfg.KeepRuns.Duration() != 90*day || cfg.KeepJournal.Duration() != 365*day {
		t.Errorf("%+v %v", cfg, err)
	}
}

// TestBackups: the copies lie beside the database unless somebody says otherwise.
func TestBackups(t *testing.T) {
	cfg, list, err := Load([]string{"CONNECTOR_DB=/srv/shop/one.db"}, nil)
	if err != nil || cfg.BackupFolder() != "/srv/shop/backups" || cfg.BackupName() != "one" || cfg.BackupKeep != 7 {
		t.Errorf("%+v %v", cfg, err)
	}
	if got := setting(t, list, "CONNECTOR_BACKUP_DIR"); got != "/srv/shop/backups (default)" {
		t.Error(got)
	}
	for text, folder := range map[string]string{"off": "", "Off": "", "OFF": "", "offsite": "offsite", "./off": "./off"} {
		cfg, _, err := Load([]string{"CONNECTOR_BACKUP_DIR=" + text}, nil)
		if err != nil || cfg.BackupFolder() != folder {
			t.Errorf("%s: %q %v", text, cfg.BackupFolder(), err)
		}
	}
	for _, text := range []string{"0", "-1", "367", "x", "1.5"} {
		_, _, err := Load([]string{"CONNECTOR_BACKUP_KEEP=" + text}, nil)
		if err == nil || !strings.Contains(err.Error(), "1 to 366") {
			t.Errorf("%q: %v", text, err)
		}
	}
}
