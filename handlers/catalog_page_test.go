package handlers

import (
	"encoding/json"
	"net/url"
	"strconv"
	"testing"
	"time"

	"ineed-insales/insales/insalestest"
	"ineed-insales/internal/bridge/problem"
	"ineed-insales/storage"
)

// catalogPut changes what is stored of company 2's catalog.
func (p *admin) catalogPut(change func(*storage.Catalog), runs ...storage.CatalogRun) {
	p.t.Helper()
	err := p.store.Update(p.t.Context(), func(tx *storage.Tx) error {
		k, err := tx.Catalog("2")
		if err != nil {
			return err
		}
		change(&k)
		for _, r := range runs {
			ended := r.EndedAt
			r.EndedAt = time.Time{}
			if err := tx.BeginRun(&r); err != nil {
				return err
			}
			if r.EndedAt = ended; !ended.IsZero() {
				if err := tx.PutRun(r); err != nil {
					return err
				}
			}
		}
		return tx.PutCatalog(k)
	})
	if err != nil {
		p.t.Fatal(err)
	}
}

// catalogOn switches the catalog of company 2 on.
func (p *admin) catalogOn(version string) {
	p.t.Helper()
	form := manageValues()
	form.Set("version", version)
	form.Set("do", "catalog_enable")
	if res := p.saved(form); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2?done=catalog_enabled#catalog" {
		p.t.Fatalf("%d %s", res.Code, res.Body)
	}
}

// ranRuns are runs as a company has them after a while.
func ranRuns(now time.Time) []storage.CatalogRun {
	run := func(cause storage.Cause, ago time.Duration, r storage.CatalogRun) storage.CatalogRun {
		r.Company, r.Cause, r.BeganAt, r.EndedAt = "2", cause, now.Add(-ago), now.Add(-ago+3*time.Second)
		return r
	}
	return []storage.CatalogRun{
		run(storage.CauseFirst, 70*time.Minute,
			storage.CatalogRun{Full: true, Outcome: storage.RunDone, Seen: 12345, Changed: 12000, Skipped: 2,
				MainPrice: 3}),
		run(storage.CauseResync, time.Hour, storage.CatalogRun{Full: true, Outcome: storage.RunSuperseded, Seen: 5,
			Problem: &storage.Problem{Code: problem.ShopFailing, Args: map[string]string{"status": "502"}}}),
		run(storage.CauseTimer, 10*time.Minute, storage.CatalogRun{Outcome: storage.RunDone, Seen: 3}),
		run(storage.CausePerson, 5*time.Minute,
			storage.CatalogRun{Outcome: storage.RunWithheld, Seen: 40, Removed: 1, Withheld: 40, Refused: 1}),
	}
}

func TestCatalogSection(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	text := p.get("/companies/2")
	has(t, text, "Синхронизация каталога", "Источник – магазин InSales", `name="do" value="catalog_enable"`,
		`<option value="price" selected>Основная цена</option>`,
		`<option value="price2">`, `name="catalog_interval" type="text" value="5"`)
	hasNot(t, text, `form="catalog-sync"`, "Последние синхронизации")
	if res := p.post("/companies/2/catalog/sync", nil); res.Code != 409 {
		t.Errorf("while off: %d", res.Code)
	}

	// What cannot be stays at its field, as it was typed.
	form := manageValues()
	form.Set("version", "2")
	for _, typed := range []string{"4", "2000", "скоро", "NaN"} {
		form.Set("catalog_interval", typed)
		res := p.saved(form)
		has(t, res.Body.String(), `id="catalog_interval-error"`, "От 5 до 1440 минут", `value="`+typed+`"`)
		if res.Code != 422 {
			t.Errorf("%s: %d", typed, res.Code)
		}
	}
	form.Set("catalog_interval", "7,5")
	form.Set("catalog_price", "price2")
	form.Set("do", "catalog_enable")
	if res := p.saved(form); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2?done=catalog_enabled#catalog" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil || !one.Catalog.Enabled || one.Catalog.Interval != 450*time.Second || one.Catalog.Price != "price2" {
		t.Fatalf("%v %+v", err, one.Catalog)
	}
	has(t, p.get("/companies/2?done=catalog_enabled"), "Синхронизация каталога включена.", "Каталог синхронизируется",
		`value="7.5"`,
		`value="catalog_disable"`, `id="catalog-state" data-refresh="3"`, `form="catalog-sync"`)

	// A run that runs.
	if res := p.sure("/companies/2/catalog/sync", url.Values{"full": {"true"}}); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2?done=catalog_sync#catalog" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	has(t, p.get("/companies/2"), "Идёт синхронизация", "Читаются категории", "<progress",
		"Вы нажали кнопку, весь каталог")
	if res := p.post("/companies/2/catalog/sync", nil); res.Code != 409 {
		t.Errorf("while one runs: %d", res.Code)
	}
	form.Set("version", "3")
	form.Set("do", "catalog_disable")
	if res := p.saved(form); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	has(t, p.get("/companies/2?done=catalog_disabled"), "Каталог выключен", "Прервана: каталог выключен")
	has(t, p.get("/journal"), "Запущена синхронизация каталога компании «Компания 2»", "Весь каталог заново: да",
		"Интервал каталога", "Цена в каталоге")
}

// TestCatalogFeedSection: the address to copy stands there where the chat fetches the catalog,
// and why nothing can be switched on where it wants none.
func TestCatalogFeedSection(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	hasNot(t, p.get("/companies/2"), "Адрес файла YML")
	set := func(way string) {
		t.Helper()
		_, one := p.api("GET", "/companies/2", "")
		one["chat"].(map[string]any)["wire"] = map[string]any{"catalog": way}
		text, err := json.Marshal(one)
		if err != nil {
			t.Fatal(err)
		}
		if code, body := p.api("PUT", "/companies/2", string(text)); code != 200 {
			t.Fatal(code, body)
		}
	}
	set("feed")
	has(t, p.get("/companies/2"), "Адрес файла YML", `id="catalog-feed"`, `value="http://example.com`+p.feedPath()+`"`)
	if code, _ := p.api("POST", "/companies/2/secrets", `{"of":"feed"}`); code != 200 {
		t.Error(code)
	}
	has(t, p.get("/journal"), "Адрес файла YML")
	hasNot(t, p.get("/journal"), "/feeds/")
	set("none")
	one, err := p.bridge.Company(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	form := manageValues()
	form.Set("version", strconv.FormatInt(one.Version, 10))
	form.Set("do", "catalog_enable")
	res := p.saved(form)
	has(t, res.Body.String(), "Выбрано «чату каталог не нужен»")
	if res.Code != 422 {
		t.Error(res.Code)
	}
}

// TestCatalogRefused: what the shop says against the catalog stands at its field.
func TestCatalogRefused(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	form := manageValues()
	form.Set("version", "2")
	form.Set("catalog_price", "price9")
	form.Set("do", "catalog_enable")
	res := p.saved(form)
	has(t, res.Body.String(), "Настройки сохранены, но синхронизация не включена", `id="catalog_price-error"`,
		`<option value="price9" selected>Дополнительная цена, price9</option>`)
	if res.Code != 422 {
		t.Error(res.Code)
	}
	// Where the shop does not tell its prices, one can be typed.
	p.shop.Fault(insalestest.Rule{Op: insalestest.OpPriceKinds, Status: 403})
	has(t, p.get("/companies/2?fresh=1"), `<input id="catalog_price" name="catalog_price" type="text" value="price9"`,
		"Цены магазина не загрузились")
}

func TestCatalogGuard(t *testing.T) {
	p := newAdmin(t)
	p.company(nil)
	p.catalogOn("2")
	now := time.Now()
	p.catalogPut(func(k *storage.Catalog) {
		k.SuccessAt, k.FullAt, k.NextAt = now.Add(-5*time.Minute), now.Add(-time.Hour), now.Add(3*time.Minute)
		k.Guard = &storage.Guard{Impact: storage.Impact{Removed: 40, Held: 2}, At: now, Visible: 100}
		k.Problem = &storage.Problem{Code: problem.ChatFailing, Args: map[string]string{"status": "500"}}
	}, ranRuns(now)...)
	text := p.get("/companies/2")
	has(t, text, "пропали бы 40 из 100 товаров", "Всё верно, применить",
		"Готово, часть изменений придержана: убрано 1, придержано 40, не принято чатом 1", "Готово: изменений нет",
		"Прервана: изменены настройки",
		"InSales отвечает ошибкой 502", "12\u00a0345", "Отправить всё заново", "5 минут назад", "через 2 минуты")
	hasNot(t, text, "data-refresh")
	text = p.get("/")
	has(t, text, "Каталог в чате обновлён", "пропали бы 40 из 100 товаров", `href="/companies/2#catalog"`,
		`href="/companies/2#chat"`)

	has(t, p.post("/companies/2/catalog/confirm", nil).Body.String(),
		"Исчезнут 40 товаров, станут недоступны или бесплатны – 2")
	if res := p.sure("/companies/2/catalog/confirm", nil); res.Code != 303 ||
		res.Header().Get("Location") != "/companies/2?done=catalog_confirm#catalog" {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	hasNot(t, p.get("/companies/2"), "Всё верно, применить")
	if res := p.sure("/companies/2/catalog/confirm", nil); res.Code != 409 {
		t.Errorf("again: %d", res.Code)
	}
	has(t, p.get("/journal"), "Подтверждены придержанные изменения каталога компании «Компания 2»",
		"Исчезнут товары: 40", "Станут недоступны или бесплатны: 2")

	p.catalogPut(func(k *storage.Catalog) {
		k.Guard = &storage.Guard{Impact: storage.Impact{Unread: 17, Categories: 8}, At: now, Visible: 100}
	})
	has(t, p.get("/companies/2"), "исчезли бы 8 категорий", "InSales не отдал 17 товаров из тех, что насчитал")
	p.catalogPut(func(k *storage.Catalog) {
		k.Guard = &storage.Guard{Impact: storage.Impact{Unread: 17}, At: now, Visible: 100}
	})
	has(t, p.get("/companies/2"), "не хватает 17")
	has(t, p.post("/companies/2/catalog/confirm", nil).Body.String(), "не отдал (по его счёту – 17)")
	if res := p.sure("/companies/2/catalog/confirm", nil); res.Code != 303 {
		t.Fatalf("%d %s", res.Code, res.Body)
	}
	has(t, p.get("/journal"), "InSales насчитал товаров больше, чем отдал, на: 17")
}
