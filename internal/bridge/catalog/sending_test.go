package catalog

import (
	"testing"

	"ineed-insales/storage"
)

// TestDueBatches: what is sent at once of what waits. P is a batch of products, C one
// with categories.
func TestDueBatches(t *testing.T) {
	for _, tt := range []struct {
		waiting string
		phase   storage.Phase
		want    int
	}{
		{"", storage.PhaseReading, 0}, {"", storage.PhaseDelivering, 0},
		{"P", storage.PhaseReading, 0}, {"P", storage.PhaseClosing, 0}, {"P", storage.PhaseDelivering, 1},
		{"PP", storage.PhaseReading, 1}, {"PPP", storage.PhaseLooking, 2}, {"PPP", storage.PhaseDelivering, 3},
		{"PPPP", storage.PhaseReading, 3}, {"PPPP", storage.PhaseDelivering, 3},
		{"C", storage.PhaseReading, 1}, {"CP", storage.PhaseReading, 1}, {"CCP", storage.PhaseDelivering, 1},
		{"PC", storage.PhaseReading, 1}, {"PPC", storage.PhaseDelivering, 2}, {"PCPP", storage.PhaseDelivering, 1},
	} {
		var waiting []storage.CatalogBatch
		for i, kind := range tt.waiting {
			b := storage.CatalogBatch{Seq: i + 1}
			if kind == 'C' {
				b.Items.Categories = []storage.CatalogCategory{{ID: 1}}
			}
			waiting = append(waiting, b)
		}
		if got := dueBatches(waiting, tt.phase); len(got) != tt.want || len(got) > 0 && got[0].Seq != 1 {
			t.Errorf("%s, %s: %d, want %d", tt.waiting, tt.phase, len(got), tt.want)
		}
	}
}
