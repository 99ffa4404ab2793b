package domain

import (
	"crypto/subtle"
	"slices"
	"time"

	"github.com/onlinemart/mart/events"
)

// StoredCart is a cart as it is stored: its lines without what they are now.
type StoredCart struct {
	events.CartState
	SecretHash string    // "" once it is a customer's
	AbandonAt  time.Time // when it counts, or counted, as abandoned; zero: nothing is waited for
}

// Carts are the carts.
var Carts = Table[StoredCart]{"cart"}

// EmptyCartLife is how long a cart lives into which nothing was put.
const EmptyCartLife = 24 * time.Hour

// What is refused of carts.
var (
	CartExists     = events.Refuse("cart_exists", "There is a cart of this id or of yours already. Ask for yours again.")
	ErrCartOrdered = events.Refuse("cart_ordered", "The cart was ordered; orderId of the cart says as what. Open a new one.")

	errCartChanged = events.Refuse("cart_changed", "The cart has changed at this moment. Look at it, and order again.")
)

// OpenedBy tells whether somebody may look into a cart and change it: its customer, or where it is no customer's, whoever shows its secret.
func (k StoredCart) OpenedBy(by events.Principal, key events.CartKey) bool {
	if k.CustomerID != "" {
		return by == events.Principal{Type: events.Shopper, ID: k.CustomerID}
	}
	return k.SecretHash != "" && subtle.ConstantTimeCompare([]byte(k.SecretHash), []byte(key.SecretHash)) == 1
}

// There tells whether there is still something to be seen of a cart.
func (k StoredCart) There(at time.Time) bool {
	return (k.Status == events.CartOpenStatus || k.Status == events.CartOrderedStatus) && k.ExpiresAt.After(at)
}

// CartOrderID is the id of the order that a cart becomes: there is never a second one.
func CartOrderID(cart string) string { return events.DeriveID("order of cart", cart) }

// OpenCart makes an empty cart, of the customer who asks or of whoever has its secret. Errors: Problems forbidden, cart_exists.
func OpenCart(c Case, m events.Received[events.CartKey]) ([]events.Outgoing, error) {
	k := StoredCart{CartState: events.CartState{Meta: events.Meta{ID: ID(m.Subject), CreatedAt: c.Now}, Status: events.CartOpenStatus}}
	if err := c.mayShop(m.By); err != nil {
		return nil, err
	}
	if m.By.Type == events.Shopper {
		if _, has := c.cartOf(m.By.ID); has {
			return nil, CartExists
		}
		k.CustomerID = m.By.ID
	} else if k.SecretHash = m.Data.SecretHash; k.SecretHash == "" {
		return nil, events.Forbidden("A cart of nobody that is known needs a secret.")
	}
	if _, exists := Carts.Get(c.Rows, k.ID); exists {
		return nil, CartExists
	}
	return c.putCart(k, events.CartOpened), nil
}

// mayShop refuses customers whose account is not active any more.
func (c Case) mayShop(by events.Principal) error {
	if by.Type == events.Shopper && c.Asker.Status != events.AccountActive {
		return events.Forbidden("The account is not known or not active.")
	}
	return nil
}

// NoCart is the answer to whoever may not open a cart, whether or not there is one: it says what opens those that are nobody's.
func NoCart(id string) *events.Problem {
	p := events.NotFound("cart", id)
	p.Detail += " Or it is not yours: without an account a cart takes what POST /carts answered as secret, in the header Cart-Secret; a customer's takes their access token."
	return p
}

// cartOf is the open cart of a customer.
func (c Case) cartOf(customer string) (StoredCart, bool) {
	for k := range Carts.All(c.Rows) {
		if k.CustomerID == customer && k.Status == events.CartOpenStatus {
			return k, true
		}
	}
	return StoredCart{}, false
}

// openCart is a cart that whoever asks may change. Errors: Problems forbidden; not_found, also of one that is another's; cart_ordered.
func (c Case) openCart(e events.Envelope, key events.CartKey) (StoredCart, error) {
	if err := c.mayShop(e.By); err != nil {
		return StoredCart{}, err
	}
	k, found := Carts.Get(c.Rows, ID(e.Subject))
	switch {
	case !found || !k.OpenedBy(e.By, key) || !k.There(c.Now):
		return k, NoCart(e.Subject)
	case k.Status == events.CartOrderedStatus:
		return k, ErrCartOrdered
	}
	return k, nil
}

// SetCartLine says how many of a product are in a cart, at its price of this moment. How many there are in stock is told, and no matter yet.
// Errors: Problems of openCart, product_not_sold, cart_full.
func SetCartLine(c Case, m events.Received[events.CartLineSetting]) ([]events.Outgoing, error) {
	k, err := c.openCart(m.Envelope, m.Data.CartKey)
	if err != nil {
		return nil, err
	}
	id := ID(m.Data.ProductID)
	now := c.cartOffer(id)
	if now == nil {
		return nil, events.Unprocessable("product_not_sold", "The product is not for sale.", events.FieldError{Location: "path.productId", Message: "there is no such product for sale"})
	}
	line := events.CartLine{ProductID: id, Quantity: m.Data.Quantity, Name: now.Name, UnitPrice: now.UnitPrice, At: c.Now}
	k.Lines = slices.Clone(k.Lines)
	if i := lineOf(k.Lines, id); i >= 0 {
		k.Lines[i] = line
	} else {
		k.Lines = append(k.Lines, line)
	}
	if err := checkRoom(k.Lines); err != nil {
		return nil, err
	}
	return c.putCart(k, events.CartUpdated), nil
}

// RemoveCartLine takes a product out of a cart. Errors: Problems of openCart; not_found, when it is not in it.
func RemoveCartLine(c Case, m events.Received[events.CartLineRemoval]) ([]events.Outgoing, error) {
	k, err := c.openCart(m.Envelope, m.Data.CartKey)
	if err != nil {
		return nil, err
	}
	i := lineOf(k.Lines, ID(m.Data.ProductID))
	if i < 0 {
		return nil, events.NotFound("cartLine", m.Data.ProductID)
	}
	k.Lines = slices.Delete(slices.Clone(k.Lines), i, i+1)
	return c.putCart(k, events.CartUpdated), nil
}

// DeleteCart leaves nothing of a cart. Errors: Problems of openCart.
func DeleteCart(c Case, m events.Received[events.CartKey]) ([]events.Outgoing, error) {
	k, err := c.openCart(m.Envelope, m.Data)
	if err != nil {
		return nil, err
	}
	return c.endCart(k, events.CartDeletedStatus, events.CartDeleted), nil
}

// OrderCart places an order of what is in a cart, as PlaceChosen does; the cart is ordered by it. Errors: Problems of openCart and of PlaceChosen;
// cart_changed, when something else is in it than whoever asks has seen.
func OrderCart(c Case, m events.Received[events.CartOrder]) ([]events.Outgoing, error) {
	b, err := c.customer(m.By, m.Data.Network)
	if err != nil {
		return nil, err
	}
	return c.orderCart(m.Envelope, m.Data.CartKey, m.Data.ChosenCart, b)
}

func (c Case) orderCart(e events.Envelope, key events.CartKey, wanted events.ChosenCart, b buyer) ([]events.Outgoing, error) {
	k, err := c.openCart(e, key)
	if err != nil {
		return nil, err
	}
	if !slices.Equal(CartItems(k.Lines), wanted.Lines) {
		return nil, errCartChanged
	}
	order := e
	order.Subject = CartOrderID(k.ID)
	placed, err := c.place(order, wanted, b)
	if err != nil {
		return nil, err
	}
	k.Status, k.OrderID = events.CartOrderedStatus, order.Subject
	return append(placed, c.putCart(k, events.CartOrdered)...), nil
}

// ClaimCart makes a cart the customer's who shows its secret: it is theirs from then on, or what is in it is in the one that they have.
// Claimed twice, it is once. Errors: Problems of openCart, cart_full.
func ClaimCart(c Case, m events.Received[events.CartKey]) ([]events.Outgoing, error) {
	if m.By.Type != events.Shopper {
		return nil, events.Forbidden("Only customers claim a cart.")
	}
	theirs, has := c.cartOf(m.By.ID)
	claimed, found := Carts.Get(c.Rows, ID(m.Subject))
	if found && has && claimed.CustomerID == m.By.ID && (claimed.ID == theirs.ID || claimed.Status == events.CartMergedStatus) {
		return events.Send(events.CartClaimed.New(theirs.ID, c.tellCart(theirs))), nil
	}
	claimed, err := c.openCart(m.Envelope, m.Data)
	if err != nil {
		return nil, err
	}
	lines := claimed.Lines
	claimed.CustomerID, claimed.SecretHash = m.By.ID, ""
	if !has {
		return c.putCart(claimed, events.CartClaimed), nil
	}
	theirs.Lines = MergeLines(theirs.Lines, lines, func(product string) int64 {
		if now := c.cartOffer(product); now != nil {
			return now.Available
		}
		return 0
	})
	if err := checkRoom(theirs.Lines); err != nil {
		return nil, err
	}
	ended := c.endCart(claimed, events.CartMergedStatus, events.CartDeleted)
	return append(c.putCart(theirs, events.CartClaimed), ended...), nil // the first is the answer
}

// eraseCart leaves nothing of the cart of a customer who goes, and says so, where they have one.
func (c Case) eraseCart(customer string) []events.Outgoing {
	k, has := c.cartOf(customer)
	if !has {
		return nil
	}
	return c.endCart(k, events.CartDeletedStatus, events.CartDeleted)
}

// endCart leaves a row that says what became of a cart, for a while, and nothing of what was in it.
func (c Case) endCart(k StoredCart, status events.CartStatus, done events.Message[events.CartState]) []events.Outgoing {
	k.Status, k.Lines = status, nil
	return c.putCart(k, done)
}

// putCart writes a cart's next version, and from when on it will count as abandoned.
func (c Case) putCart(k StoredCart, done events.Message[events.CartState]) []events.Outgoing {
	k.Version++
	k.UpdatedAt = c.Now
	k.ExpiresAt = c.Now.Add(c.Limits.CartLife)
	if len(k.Lines) == 0 {
		k.Lines = []events.CartLine{}
		k.ExpiresAt = c.Now.Add(min(c.Limits.CartLife, EmptyCartLife))
	}
	k = c.awaitAbandonment(k)
	Carts.Put(c.Rows, k.ID, k)
	return events.Send(done.New(k.ID, c.tellCart(k)))
}

// awaitAbandonment begins to wait anew, or to wait no more. A cart that has counted as abandoned once does so never again.
func (c Case) awaitAbandonment(k StoredCart) StoredCart {
	switch {
	case !k.AbandonAt.IsZero() && !k.AbandonAt.After(c.Now): // it was told, or is at this moment
	case k.Status == events.CartOpenStatus && len(k.Lines) > 0 && c.Limits.CartAbandoned > 0:
		k.AbandonAt = c.Now.Add(c.Limits.CartAbandoned)
		c.setDeadline(CartDeadline, k.ID, k.AbandonAt)
	case !k.AbandonAt.IsZero():
		k.AbandonAt = time.Time{}
		c.clearDeadline(CartDeadline, k.ID)
	}
	return k
}

// tellCart is a cart with what its products are now.
func (c Case) tellCart(k StoredCart) events.CartState {
	state := k.CartState
	state.Lines = slices.Clone(k.Lines)
	for i, l := range state.Lines {
		state.Lines[i].Now = c.cartOffer(l.ProductID)
	}
	return state
}

// cartOffer is a product as it can be bought at this moment, found through the cart that it is in or is put into; nil: it cannot.
func (c Case) cartOffer(product string) *events.CartOffer {
	row, found := ProductRows.Find(c.Rows, product)
	s, stocked := Stock.Find(c.Rows, product)
	if p := row.State; found && row.DeletedAt == nil && stocked && p.Status == events.ProductPublished {
		offer := &events.CartOffer{Name: p.Name, UnitPrice: p.Price, Available: s.Available, SKU: p.SKU, ImageURL: p.ImageURL}
		if p.Family != nil {
			offer.Options = p.Family.Options
		}
		return offer
	}
	return nil
}
