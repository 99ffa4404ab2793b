// Package mart is the Knative function of the mart: one project, one image, many services. Which of them a process is
// comes from FUNCTION, else from K_SERVICE, which Knative sets to the service's name.
package mart

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/auth"
	"github.com/onlinemart/mart/functions/brand"
	"github.com/onlinemart/mart/functions/category"
	"github.com/onlinemart/mart/functions/customer"
	"github.com/onlinemart/mart/functions/db"
	"github.com/onlinemart/mart/functions/gateway"
	"github.com/onlinemart/mart/functions/inventory"
	"github.com/onlinemart/mart/functions/notification"
	"github.com/onlinemart/mart/functions/order"
	"github.com/onlinemart/mart/functions/payment"
	"github.com/onlinemart/mart/functions/product"
	"github.com/onlinemart/mart/functions/settings"
	"github.com/onlinemart/mart/functions/user"
)

// Function is what Knative's func scaffold runs, and what `mart` runs on a laptop.
type Function interface {
	Start(ctx context.Context, env map[string]string) error
	Handle(w http.ResponseWriter, r *http.Request)
	Ready(ctx context.Context) (bool, error)
	Alive(ctx context.Context) (bool, error)
	Stop(ctx context.Context) error
	// Settings is what it reads from its environment.
	Settings() []settings.Setting
	// OpenAPI describes its part of the public API; nil when it has none.
	OpenAPI() *huma.OpenAPI
	// LogTo has what it logs given to another handler, too. It is called before Start.
	LogTo(h slog.Handler)
	// Serve does all of the above on a listener until ctx ends.
	Serve(ctx context.Context, listener net.Listener, env map[string]string) error
}

// functions is every function this image can be.
var functions = map[events.Function]func() member{
	events.Auth:         as(auth.New),
	events.User:         as(user.New),
	events.Brand:        as(brand.New),
	events.Category:     as(category.New),
	events.Product:      as(product.New),
	events.Customer:     as(customer.New),
	events.Order:        as(order.New),
	events.Payment:      as(payment.New),
	events.Notification: as(notification.New),
	events.Inventory:    as(inventory.New),
	events.DB:           as(db.New),
	events.Gateway:      as(gateway.New),
}

// New is the function this process is. Under an unknown name it never gets ready, and says why.
func New() Function {
	name := os.Getenv("FUNCTION")
	if name == "" {
		name = strings.TrimPrefix(os.Getenv("K_SERVICE"), "mart-")
	}
	f, err := Lookup(events.Function(name))
	if err != nil {
		return failedFunction{err}
	}
	return f
}

// Lookup finds the function of that name. Error: there is none.
func Lookup(name events.Function) (Function, error) {
	if construct, ok := functions[name]; ok {
		f := construct()
		f.Among(everySetting())
		return f, nil
	}
	return nil, fmt.Errorf("FUNCTION is %q; it must be one of %v", name, events.Functions())
}

// member is a function that is told what the others read.
type member interface {
	Function
	Among(all []settings.Setting)
}

func everySetting() (all []settings.Setting) {
	for _, construct := range functions {
		all = append(all, construct().Settings()...)
	}
	return all
}

func as[F member](construct func() F) func() member {
	return func() member { return construct() }
}

// failedFunction is the function of a name that is none: it never gets ready, and says why.
type failedFunction struct{ err error }

func (f failedFunction) Start(context.Context, map[string]string) error { return f.err }
func (f failedFunction) Handle(w http.ResponseWriter, _ *http.Request) {
	http.Error(w, f.err.Error(), http.StatusServiceUnavailable)
}

func (f failedFunction) Ready(context.Context) (bool, error) { return false, f.err }

func (f failedFunction) Alive(context.Context) (bool, error)                          { return true, nil }
func (f failedFunction) LogTo(slog.Handler)                                           {}
func (f failedFunction) OpenAPI() *huma.OpenAPI                                       { return nil }
func (f failedFunction) Settings() []settings.Setting                                 { return nil }
func (f failedFunction) Stop(context.Context) error                                   { return nil }
func (f failedFunction) Serve(context.Context, net.Listener, map[string]string) error { return f.err }
