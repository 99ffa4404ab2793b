package laptop

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"golang.org/x/sync/errgroup"
)

// The demo catalogue. Everything has a fixed id and key, so that putting it in twice changes nothing.
var (
	demoBrands = []client.Brand{
		{Name: "Alder & Ash", Description: "Furniture and kitchen things of oak, ash and alder."},
		{Name: "Northlight", Description: "Lamps that leave the eyes in peace."},
		{Name: "Tidewater", Description: "Ceramics, fired twice."},
		{Name: "Fernweh", Description: "For the road, and for coming back."},
	}
	demoCategories = []demoCategory{
		{name: "Home"}, {name: "Kitchen", parent: "Home"}, {name: "Light", parent: "Home"}, {name: "Travel"},
	}
	demoProducts = []demoProduct{
		{"MUG-001", "Stoneware mug", "Holds 350 ml and keeps them warm.", 1450, "Tidewater", "Kitchen", 120},
		{"BWL-001", "Breakfast bowl", "Deep enough for porridge, wide enough for soup.", 1890, "Tidewater", "Kitchen", 80},
		{"PLT-001", "Dinner plate", "Speckled glaze; no two are alike.", 2250, "Tidewater", "Kitchen", 90},
		{"BRD-001", "Bread board", "Oiled oak with a groove for the crumbs.", 3900, "Alder & Ash", "Kitchen", 40},
		{"SPN-001", "Cooking spoon", "Ash wood, for pots that scratch.", 990, "Alder & Ash", "Kitchen", 200},
		{"STL-001", "Three-legged stool", "Never wobbles.", 8900, "Alder & Ash", "Home", 15},
		{"SHF-001", "Wall shelf", "Alder, 80 cm; screws included.", 6400, "Alder & Ash", "Home", 25},
		{"LMP-001", "Desk lamp", "Warm to cold at the turn of a knob.", 7900, "Northlight", "Light", 30},
		{"LMP-002", "Reading lamp", "Clips to a book or a bed.", 2900, "Northlight", "Light", 60},
		{"BAG-001", "Weekend bag", "Waxed cotton, 35 litres.", 12900, "Fernweh", "Travel", 20},
		{"BTL-001", "Steel bottle", "Keeps cold for a day.", 2600, "Fernweh", "Travel", 150},
		{"NTB-001", "Travel notebook", "Lies flat; 160 pages.", 1600, "Fernweh", "Travel", 3},
	}
)

type demoCategory struct{ name, parent string }

type demoProduct struct {
	sku, name, description string
	cents                  int64
	brand, category        string
	stock                  int64
}

// demoID is the fixed id of a thing of the demo catalogue.
func demoID(kind, name string) string {
	return uuid.NewSHA1(uuid.NameSpaceURL, []byte("https://mart.example/demo/"+kind+"/"+name)).String()
}

// fillCatalogue puts the demo catalogue into an empty mart, through the public API as the owner.
func (m *Mart) fillCatalogue(ctx context.Context) error {
	if m.cfg.Empty || m.Owner.Password == "" || m.folder.marked(catalogueMark) {
		return nil
	}
	has, err := client.Get[client.Page[client.Product]](ctx, client.New(m.URL), "/products?limit=1")
	if err != nil {
		return fmt.Errorf("look whether the mart is empty: %w", err)
	}
	first := demoID("product", demoProducts[0].sku)
	if len(has.Items) > 0 && !m.holdsDemo(ctx, first) {
		return m.folder.mark(catalogueMark, "there was one")
	}
	owner, err := m.OwnerClient(ctx)
	if _, refused := errors.AsType[*client.Problem](err); refused {
		m.cfg.Log.Warn("the demo catalogue is not put in: the password that was given is not the owner's", "owner", m.Owner.Email)
		return nil
	}
	if err != nil {
		return fmt.Errorf("log the owner in for the demo catalogue: %w", err)
	}
	if err := FillDemo(ctx, owner); err != nil {
		return err
	}
	return m.folder.mark(catalogueMark, "put in")
}

// holdsDemo tells whether an earlier start was interrupted while it put the demo catalogue in.
func (m *Mart) holdsDemo(ctx context.Context, first string) bool {
	_, err := client.Get[client.Product](ctx, client.New(m.URL), "/products/"+first)
	return err == nil
}

// FillDemo puts the demo catalogue in. What is there already stays as it is.
func FillDemo(ctx context.Context, owner client.Client) error {
	var brands errgroup.Group
	for _, b := range demoBrands {
		brands.Go(func() error {
			return put(ctx, owner, "/brands/"+demoID("brand", b.Name), map[string]any{"name": b.Name, "description": b.Description})
		})
	}
	for _, c := range demoCategories { // one after the other: a parent comes before its children
		body := map[string]any{"name": c.name}
		if c.parent != "" {
			body["parentId"] = demoID("category", c.parent)
		}
		if err := put(ctx, owner, "/categories/"+demoID("category", c.name), body); err != nil {
			return err
		}
	}
	if err := brands.Wait(); err != nil {
		return err
	}
	var products errgroup.Group
	for _, p := range demoProducts {
		products.Go(func() error { return p.put(ctx, owner) })
	}
	return products.Wait()
}

func (p demoProduct) put(ctx context.Context, owner client.Client) error {
	id := demoID("product", p.sku)
	if err := put(ctx, owner, "/products/"+id, map[string]any{
		"sku": p.sku, "name": p.name, "description": p.description, "price": client.Money{Amount: p.cents, Currency: "EUR"},
		"brandId": demoID("brand", p.brand), "categoryId": demoID("category", p.category), "status": "published",
	}); err != nil {
		return err
	}
	_, err := client.Post[client.Stock](ctx, owner, "/stock/"+id+"/adjustments",
		map[string]any{"delta": p.stock, "reason": "received", "note": "demo catalogue"}, client.Key("demo-"+p.sku))
	if err != nil {
		return fmt.Errorf("stock %s: %w", p.name, err)
	}
	return nil
}

// put makes a thing under an id of ours. That it is there already is fine: 428 says so, since no version was named.
func put(ctx context.Context, owner client.Client, path string, body any) error {
	a, err := owner.Send(ctx, http.MethodPut, path, body, client.Prefer("wait=10"))
	if err != nil {
		return fmt.Errorf("demo catalogue: %w", err)
	}
	switch a.Status {
	case http.StatusOK, http.StatusCreated, http.StatusPreconditionRequired, http.StatusPreconditionFailed:
		return nil
	}
	return fmt.Errorf("demo catalogue: %w", a.Problem("PUT "+path))
}
