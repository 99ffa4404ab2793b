package observability

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/cog/plugins"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
)

// register makes the kinds of panels and queries known, once: they are kept in one place for all.
var register = sync.OnceFunc(plugins.RegisterDefaultPlugins)

// faultsOf is what keeps a board from being what it says once somebody imports it: members that Grafana's own types do not have, panels and
// queries of a kind that there is not, data sources that nobody is asked for, panels in each other's place.
func faultsOf(text []byte) (faults []string) {
	register()
	var board dashboard.Dashboard
	if err := board.UnmarshalJSONStrict(text); err != nil && err.Error() != "" { // of what has no faults it answers a list of none,
		return []string{err.Error()}
	}
	if err := json.Unmarshal(text, &board); err != nil { // and leaves the panels out
		return []string{err.Error()}
	}
	if err := board.Validate(); err != nil {
		return []string{err.Error()}
	}
	sources := map[string]string{}
	for _, v := range board.Templating.List {
		if v.Type == dashboard.VariableTypeDatasource {
			sources["${"+v.Name+"}"] = *v.Query.String
		}
	}
	ids, cells := map[uint32]string{}, map[[2]uint32]string{}
	place := func(title string, id *uint32, at *dashboard.GridPos) {
		if id == nil || at == nil {
			faults = append(faults, title+" has no id, or no place")
			return
		}
		if other, taken := ids[*id]; taken {
			faults = append(faults, fmt.Sprintf("%s has the id of %s", title, other))
		}
		ids[*id] = title
		for x := at.X; x < at.X+at.W; x++ {
			for y := at.Y; y < at.Y+at.H; y++ {
				if other, taken := cells[[2]uint32{x, y}]; taken && other != title {
					faults = append(faults, fmt.Sprintf("%s stands where %s is", title, other))
					return
				}
				cells[[2]uint32{x, y}] = title
			}
		}
	}
	for _, p := range board.Panels {
		if p.RowPanel != nil {
			place(*p.RowPanel.Title, &p.RowPanel.Id, p.RowPanel.GridPos)
			continue
		}
		place(*p.Panel.Title, p.Panel.Id, p.Panel.GridPos)
		faults = append(faults, panelFaults(p.Panel, sources)...)
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

// panelFaults is what is wrong with one panel. sources are the data sources that whoever imports the board is asked for, and their kinds.
func panelFaults(p *dashboard.Panel, sources map[string]string) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, *p.Title+": "+fmt.Sprintf(format, args...)) }
	if _, known := cog.ConfigForPanelcfgVariant(p.Type); !known {
		fault("there is no panel of the type %s", p.Type)
	}
	if len(p.Targets) == 0 {
		fault("it asks nothing")
	}
	asks := func(what string, of *common.DataSourceRef) {
		switch {
		case of == nil || of.Uid == nil || of.Type == nil:
			fault("%s asks no data source by name", what)
		case sources[*of.Uid] != *of.Type:
			fault("%s asks %s of %s, which nobody is asked for", what, *of.Type, *of.Uid)
		}
	}
	asks("the panel", p.Datasource)
	known := map[string]bool{}
	for _, target := range p.Targets {
		q, is := target.(*prometheus.Dataquery)
		if !is {
			fault("%T is no query of Prometheus", target)
			continue
		}
		if q.RefId == nil || known[*q.RefId] {
			fault("two queries have one name, or one has none")
			continue
		}
		known[*q.RefId] = true
		asks(*q.RefId, q.Datasource)
	}
	return faults
}

// The board is one that Grafana takes: it is read by the types that Grafana makes of its own schema.
func TestBoardIsGrafanas(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("board.json")
	if err != nil {
		t.Fatal(err)
	}
	if faults := faultsOf(text); len(faults) > 0 {
		t.Errorf("%s", strings.Join(faults, "\n"))
	}
}

// What would be wrong is found: each fault is put into the board, and said.
func TestBoardsFaultsAreFound(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("board.json")
	if err != nil {
		t.Fatal(err)
	}
	type object = map[string]any
	for name, one := range map[string]struct {
		spoil func(board, panel, target object)
		says  string
	}{
		"a member of the board":      {func(board, _, _ object) { board["pannels"] = []any{} }, "pannels"},
		"a member of a panel":        {func(_, panel, _ object) { panel["descripton"] = "" }, "descripton"},
		"an option of a panel":       {func(_, panel, _ object) { panel["options"].(object)["legent"] = object{} }, "legent"},
		"a member of a query":        {func(_, _, target object) { target["expression"] = "up" }, "expression"},
		"a type of panel":            {func(_, panel, _ object) { panel["type"], panel["options"] = "timesery", object{} }, "timesery"},
		"the data source of a query": {func(_, _, target object) { target["datasource"].(object)["uid"] = "${prometheus}" }, "${prometheus}"},
		"its kind":                   {func(_, _, target object) { target["datasource"].(object)["type"] = "loki" }, "loki"},
		"a place":                    {func(_, panel, _ object) { panel["gridPos"].(object)["y"] = 0 }, "stands where"},
		"an id":                      {func(_, panel, _ object) { panel["id"] = 1 }, "has the id of"},
		"a panel that asks nothing":  {func(_, panel, _ object) { panel["targets"] = []any{} }, "it asks nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var board object
			if err := json.Unmarshal(text, &board); err != nil {
				t.Fatal(err)
			}
			panel := board["panels"].([]any)[1].(object)
			one.spoil(board, panel, panel["targets"].([]any)[0].(object))
			spoilt, err := json.Marshal(board)
			if err != nil {
				t.Fatal(err)
			}
			if faults := faultsOf(spoilt); !strings.Contains(strings.Join(faults, "\n"), one.says) {
				t.Errorf("found was %s", cmp.Or(strings.Join(faults, "\n"), "nothing"))
			}
		})
	}
}
