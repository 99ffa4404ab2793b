package domain

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/onlinemart/mart/events"
)

// Of an order that has lost its customer no more words are kept; of any other they are.
func TestWordsAboutAnEmptiedOrder(t *testing.T) {
	t.Parallel()
	said := events.Said("rang twice")
	emptied := Order{ShippingAddress: events.PostalAddress{Country: "DE"}}
	for name, c := range map[string]struct {
		order Order
		want  events.Words
	}{
		"emptied": {emptied, events.Words{}},
		"named":   {Order{CustomerName: events.NewPersonal("Ada")}, said},
		"mailed":  {Order{Email: events.FromCiphertext("p1.x")}, said},
		"sent":    {Order{ShippingAddress: events.PostalAddress{Line1: events.NewPersonal("Road 1")}}, said},
	} {
		if diff := cmp.Diff(c.want, c.order.kept(said)); diff != "" || c.order.Emptied() != (name == "emptied") {
			t.Errorf("%s: %v (-want +got):\n%s", name, c.order.Emptied(), diff)
		}
	}
}

// An order ends where nothing of it is to be sent any more, and a return is open where staff may still refuse it.
func TestWhereOrdersEnd(t *testing.T) {
	t.Parallel()
	sends := []events.OrderStatus{events.OrderPlacedStatus, events.OrderAuthorizedStatus, events.OrderPaidStatus, events.OrderFulfilledStatus}
	for _, s := range OrderEnds() {
		if slices.Contains(sends, s) {
			t.Errorf("an order that is %s is still on its way", s)
		}
	}
	if n := len(OrderEnds()); n != 4 {
		t.Errorf("%d ends", n)
	}
	if diff := cmp.Diff([]events.ReturnStatus{events.ReturnRequestedStatus, events.ReturnApprovedStatus}, OpenReturns()); diff != "" {
		t.Error(diff)
	}
}

// What the mart says itself is in its list, so that it is not taken for a person's words.
func TestOwnWords_AreAllThatTheMartSays(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	said := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, is := n.(*ast.CallExpr)
			if !is || len(call.Args) != 1 {
				return true
			}
			if own, is := call.Fun.(*ast.SelectorExpr); is && own.Sel.Name == "Own" {
				if text, is := call.Args[0].(*ast.BasicLit); is && !isOwn(text.Value) {
					t.Errorf("%s is not in OwnWords", text.Value)
				}
				said++
			}
			return true
		})
	}
	if said < 5 {
		t.Errorf("%d places where the mart says something", said)
	}
}

func isOwn(quoted string) bool {
	text, err := strconv.Unquote(quoted)
	return err == nil && slices.Contains(OwnWords(), text)
}
