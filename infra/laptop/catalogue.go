package laptop

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"

	"github.com/google/uuid"
	"github.com/onlinemart/mart/infra/client"
	"golang.org/x/sync/errgroup"
)

// The demo catalogue: a shop in Britain. Everything has a fixed id and key, so that putting it in twice changes nothing.
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
	demoFamilies = []demoFamily{
		{"Stoneware mug", "Holds 350 ml and keeps them warm.", []client.FamilyOption{{Name: "colour", Values: []string{"Sand", "Sea", "Night"}}}},
		{"Linen apron", "Washed linen that is soft from the first day, with a pocket for the cloth.", []client.FamilyOption{{Name: "colour", Values: []string{"Flax", "Moss"}}, {Name: "size", Values: []string{"Small", "Large"}}}},
		{"Weekend bag", "Waxed cotton, and a strap that does not cut.", []client.FamilyOption{{Name: "size", Values: []string{"25 litres", "35 litres"}}}},
	}
	demoProducts = []demoProduct{
		{"MUG-001", "Stoneware mug, sand", "Holds 350 ml and keeps them warm.", 1450, "Tidewater", "Kitchen", 120, "mug-sand", "Stoneware mug", []string{"Sand"}},
		{"MUG-002", "Stoneware mug, sea", "Holds 350 ml and keeps them warm.", 1450, "Tidewater", "Kitchen", 60, "mug-sea", "Stoneware mug", []string{"Sea"}},
		{"MUG-003", "Stoneware mug, night", "Holds 350 ml and keeps them warm.", 1650, "Tidewater", "Kitchen", 0, "mug-night", "Stoneware mug", []string{"Night"}},
		{"BWL-001", "Breakfast bowl", "Deep enough for porridge, wide enough for soup.", 1890, "Tidewater", "Kitchen", 80, "bowl", "", nil},
		{"PLT-001", "Dinner plate", "Speckled glaze; no two are alike.", 2250, "Tidewater", "Kitchen", 90, "plate", "", nil},
		{"BRD-001", "Bread board", "Oiled oak with a groove for the crumbs.", 3900, "Alder & Ash", "Kitchen", 40, "board", "", nil},
		{"SPN-001", "Cooking spoon", "Ash wood, for pots that scratch.", 990, "Alder & Ash", "Kitchen", 200, "spoon", "", nil},
		{"APR-001", "Linen apron, flax, small", "Washed linen that is soft from the first day.", 3200, "Alder & Ash", "Kitchen", 30, "apron-flax", "Linen apron", []string{"Flax", "Small"}},
		{"APR-002", "Linen apron, flax, large", "Washed linen that is soft from the first day.", 3400, "Alder & Ash", "Kitchen", 30, "apron-flax", "Linen apron", []string{"Flax", "Large"}},
		{"APR-003", "Linen apron, moss, small", "Washed linen that is soft from the first day.", 3200, "Alder & Ash", "Kitchen", 30, "apron-moss", "Linen apron", []string{"Moss", "Small"}},
		{"TEA-001", "Earl Grey tea", "100 g of black leaves with bergamot, in a tin that shuts.", 950, "Fernweh", "Kitchen", 75, "tea", "", nil},
		{"STL-001", "Three-legged stool", "Never wobbles.", 8900, "Alder & Ash", "Home", 15, "stool", "", nil},
		{"SHF-001", "Wall shelf", "Alder, 80 cm; screws included.", 6400, "Alder & Ash", "Home", 25, "shelf", "", nil},
		{"LMP-001", "Desk lamp", "Warm to cold at the turn of a knob.", 7900, "Northlight", "Light", 30, "desk-lamp", "", nil},
		{"LMP-002", "Reading lamp", "Clips to a book or a bed.", 2900, "Northlight", "Light", 60, "reading-lamp", "", nil},
		{"LNT-001", "Paper lantern", "Rice paper on a frame of bamboo.", 3600, "Northlight", "Light", 0, "lantern", "", nil},
		{"BAG-001", "Weekend bag, 35 litres", "Waxed cotton, 35 litres.", 12900, "Fernweh", "Travel", 20, "bag", "Weekend bag", []string{"35 litres"}},
		{"BAG-002", "Weekend bag, 25 litres", "Waxed cotton, 25 litres.", 10900, "Fernweh", "Travel", 20, "bag", "Weekend bag", []string{"25 litres"}},
		{"BTL-001", "Steel bottle", "Keeps cold for a day.", 2600, "Fernweh", "Travel", 150, "bottle", "", nil},
		{"NTB-001", "Travel notebook", "Lies flat; 160 pages.", 1600, "Fernweh", "Travel", 3, "notebook", "", nil},
	}
	demoShipping = []demoMethod{
		{"Parcel", "With a number to follow it by.", append([]string{"GB"}, nearby...), 390, 5000, 2, 4},
		{"Express", "Tomorrow, when it is paid by noon.", []string{"GB"}, 790, 0, 1, 1},
	}
	nearby = []string{"AT", "BE", "CZ", "DE", "DK", "ES", "FI", "FR", "GR", "HU", "IE", "IT", "LU", "NL", "PL", "PT", "SE"}
	// demoTax is of 1994, before which nothing is sold.
	demoTax = map[string]any{"name": "VAT 20 %", "country": "GB", "rate": 20_000, "included": true, "validFrom": "1994-01-01T00:00:00Z"}
)

// demoCurrency is what the demo catalogue's prices are in.
const demoCurrency = "GBP"

type demoCategory struct{ name, parent string }

type demoFamily struct {
	name, description string
	options           []client.FamilyOption
}

type demoProduct struct {
	sku, name, description string
	pence                  int64
	brand, category        string
	stock                  int64
	picture                string // its name among the shop's pictures
	family                 string
	values                 []string // of the family's options, in their order
}

// demoMethod is a way to send it: at a flat price, for nothing from a total on.
type demoMethod struct {
	name, description string
	countries         []string
	pence, freeFrom   int64
	minDays, maxDays  int64
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
	for _, f := range demoFamilies {
		brands.Go(func() error { return f.put(ctx, owner) })
	}
	for _, m := range demoShipping {
		brands.Go(func() error { return m.put(ctx, owner) })
	}
	brands.Go(func() error { return put(ctx, owner, "/tax-rates/"+demoID("taxRate", "GB"), demoTax) })
	if err := brands.Wait(); err != nil {
		return err
	}
	var products errgroup.Group
	for _, p := range demoProducts {
		products.Go(func() error { return p.put(ctx, owner) })
	}
	return products.Wait()
}

func (f demoFamily) put(ctx context.Context, owner client.Client) error {
	return put(ctx, owner, "/families/"+demoID("family", f.name), map[string]any{"name": f.name, "description": f.description, "options": f.options})
}

func (d demoMethod) put(ctx context.Context, owner client.Client) error {
	price := map[string]any{"by": "flat", "currency": demoCurrency, "steps": []map[string]int64{{"amount": d.pence}}}
	if d.freeFrom > 0 {
		price["freeFrom"] = d.freeFrom
	}
	return put(ctx, owner, "/shipping-methods/"+demoID("shippingMethod", d.name), map[string]any{
		"name": d.name, "description": d.description, "status": "active", "zones": []map[string]any{{"countries": d.countries}},
		"price": price, "delivery": map[string]int64{"minDays": d.minDays, "maxDays": d.maxDays},
	})
}

// pictureAt is where a picture of the demo catalogue is seen: among those of the mart's own shop. "" where a product may not have a picture
// there, because it is neither this machine nor https.
func pictureAt(mart, name string) string {
	address := mart + "/shop/pictures/" + name + ".svg"
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" && !slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, u.Hostname()) {
		return ""
	}
	return address
}

func (p demoProduct) put(ctx context.Context, owner client.Client) error {
	id := demoID("product", p.sku)
	fields := map[string]any{
		"sku": p.sku, "name": p.name, "description": p.description, "price": client.Money{Amount: p.pence, Currency: demoCurrency},
		"brandId": demoID("brand", p.brand), "categoryId": demoID("category", p.category), "status": "published",
	}
	if picture := pictureAt(owner.URL, p.picture); picture != "" {
		fields["imageUrl"] = picture
	}
	if p.family != "" {
		fields["familyId"], fields["options"] = demoID("family", p.family), p.options()
	}
	if err := put(ctx, owner, "/products/"+id, fields); err != nil {
		return err
	}
	if p.stock == 0 {
		return nil
	}
	_, err := client.Post[client.Stock](ctx, owner, "/stock/"+id+"/adjustments",
		map[string]any{"delta": p.stock, "reason": "received", "note": "demo catalogue"}, client.Key("demo-"+p.sku))
	if err != nil {
		return fmt.Errorf("stock %s: %w", p.name, err)
	}
	return nil
}

// options are the values by which the product differs from the others of its family.
func (p demoProduct) options() map[string]string {
	values := map[string]string{}
	for _, f := range demoFamilies {
		for i, o := range f.options {
			if f.name == p.family {
				values[o.Name] = p.values[i]
			}
		}
	}
	return values
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
