// Command pocketbase is PocketBase as it comes, with one collection that takes
// the same bodies: their members are its fields, and the id of an order within
// its company is unique. Everybody may create a record over the REST API.
package main

import (
	"log"

	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

func main() {
	app := pocketbase.New()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.InstallerFunc = nil // it would open a browser
		if err := app.Save(orders()); err != nil {
			return err
		}
		return e.Next()
	})
	if err := app.Start(); err != nil {
		log.Fatal(err)
	}
}

// orders is the collection, in a database that is always new.
func orders() *core.Collection {
	c := core.NewBaseCollection("orders")
	c.CreateRule = types.Pointer("") // anybody
	c.Fields.Add(
		&core.TextField{Name: "type", Required: true},
		&core.TextField{Name: "version"},
		&core.DateField{Name: "timestamp"},
		&core.TextField{Name: "company_id", Required: true},
		&core.BoolField{Name: "test"},
		&core.JSONField{Name: "data", Required: true, MaxSize: 256 << 10},
	)
	c.AddIndex("idx_orders_id", true, "company_id, json_extract(data, '$.id')", "")
	return c
}
