package storage

import (
	"context"
	"strconv"
)

const maxRuns = 200 // of a company that are kept

// BeginRun adds a run and forgets the company's oldest. It fails with ErrStale
// while one runs.
func (tx *Tx) BeginRun(r *CatalogRun) error {
	if err := tx.needCompany(r.Company); err != nil {
		return err
	}
	n, err := tx.exec("INSERT INTO catalog_runs (company, began_at, ended_at, run) VALUES (?, ?, 0, ?) ON CONFLICT DO NOTHING",
		r.Company, ms(r.BeganAt), pack(r))
	if err != nil {
		return err
	}
	if n == 0 {
		return ErrStale
	}
	if err := tx.row(func(row scanner) error { return row.Scan(&r.ID) }, "SELECT id FROM catalog_runs WHERE company = ? AND ended_at = 0", r.Company); err != nil {
		return err
	}
	_, err = tx.exec(`DELETE FROM catalog_runs WHERE company = ?1 AND id <= (SELECT id FROM catalog_runs WHERE company = ?1
		ORDER BY id DESC LIMIT 1 OFFSET ?2)`, r.Company, maxRuns)
	return err
}

// PutRun stores a run that runs. It fails with ErrStale if it has been ended.
func (tx *Tx) PutRun(r CatalogRun) error {
	n, err := tx.exec("UPDATE catalog_runs SET ended_at = ?, run = ? WHERE id = ? AND ended_at = 0", ms(r.EndedAt), pack(&r), r.ID)
	if err == nil && n == 0 {
		return ErrStale
	}
	return err
}

const runColumns = "id, company, began_at, ended_at, run"

// RunningRun gives the company's run that runs, or ErrNotFound.
func (s *Store) RunningRun(ctx context.Context, company string) (CatalogRun, error) {
	r, err := scanRun(s.queryRow(ctx, "SELECT "+runColumns+" FROM catalog_runs WHERE company = ? AND ended_at = 0", company))
	return r, notFound(err)
}

// RunningRun gives the company's run that runs, or ErrNotFound.
func (tx *Tx) RunningRun(company string) (r CatalogRun, err error) {
	err = tx.row(func(row scanner) (err error) { r, err = scanRun(row); return err },
		"SELECT "+runColumns+" FROM catalog_runs WHERE company = ? AND ended_at = 0", company)
	return r, err
}

func scanRun(row scanner) (CatalogRun, error) {
	var r CatalogRun
	var began, ended int64
	var text string
	if err := row.Scan(&r.ID, &r.Company, &began, &ended, &text); err != nil {
		return r, err
	}
	r.BeganAt, r.EndedAt = fromMS(began), fromMS(ended)
	return r, unpack(field{text, &r})
}

// Runs gives a page of the company's runs, the newest first, and the cursor of
// the next page. It fails with ErrCursor if the cursor is none that it gave.
func (s *Store) Runs(ctx context.Context, company, cursor string, limit int) (list []CatalogRun, next string, err error) {
	before := int64(1<<63 - 1)
	if cursor != "" {
		if before, err = strconv.ParseInt(cursor, 10, 64); err != nil {
			return nil, "", ErrCursor
		}
	}
	rows, err := s.query(ctx, "SELECT "+runColumns+" FROM catalog_runs WHERE company = ? AND id < ? ORDER BY id DESC LIMIT ?", company, before, limit+1)
	if err != nil {
		return nil, "", err
	}
	defer rows.Close()
	for rows.Next() {
		r, err := scanRun(rows)
		if err != nil {
			return nil, "", err
		}
		list = append(list, r)
	}
	if len(list) > limit {
		list = list[:limit]
		next = strconv.FormatInt(list[limit-1].ID, 10)
	}
	return list, next, rows.Err()
}
