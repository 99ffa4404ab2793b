// Package category is the function that speaks for the tree of categories: staff write it, everybody reads it.
//
// It owns the routes under /categories, emits the commands category.create, category.update, category.delete and category.merge, and reacts to
// nothing.
package category

import (
	"context"

	"github.com/onlinemart/mart/events"
	"github.com/onlinemart/mart/functions/internal/boot"
	"github.com/onlinemart/mart/functions/internal/web"
)

// Config is what the function reads from its environment, besides what every function does.
type Config struct {
	Tokens web.TokenSettings
}

// New is the function.
func New() *boot.Function {
	return boot.New(events.Category, build, Config{}).Described(web.Describe(events.Category, about, Routes))
}

const about = "The tree of categories. Staff write it, everybody reads it."

func build(ctx context.Context, r *boot.Runtime) (boot.Service, error) {
	var c Config
	if err := r.Configure(ctx, &c); err != nil {
		return boot.Service{}, err
	}
	api := web.NewAPI(r, web.NewRemoteVerifier(c.Tokens))
	Routes(api)
	return boot.Service{API: api}, nil
}
