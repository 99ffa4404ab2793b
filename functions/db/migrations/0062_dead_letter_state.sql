-- +goose Up

-- How a letter stands, but for its age, beside it: lists of letters are filtered by it without a look at every letter's marks. Triggers keep it, so that
-- a release before this one does, too.
alter table dead_letter add column state text not null default 'open';

update dead_letter l set state = s.state
from (
    select l.id, case when bool_or(m.kind = 'replayed') then 'replayed' when bool_or(m.kind = 'discarded') then 'discarded' else 'hopeless' end as state
    from dead_letter l left join dead_letter_mark m on m.letter_id = l.id and m.kind <> 'claimed' and (l.marks_from is null or m.at >= l.marks_from)
    where l.hopeless <> '' or m.id is not null
    group by l.id
) s
where s.id = l.id;

-- +goose StatementBegin
create function state_dead_letter() returns trigger
    language plpgsql set search_path = pg_catalog, public as
$$
begin
    new.state := case
        when exists (select from public.dead_letter_mark m where m.letter_id = new.id and m.kind = 'replayed' and (new.marks_from is null or m.at >= new.marks_from)) then 'replayed'
        when exists (select from public.dead_letter_mark m where m.letter_id = new.id and m.kind = 'discarded' and (new.marks_from is null or m.at >= new.marks_from)) then 'discarded'
        when new.hopeless <> '' then 'hopeless'
        else 'open' end;
    return new;
end
$$;
-- +goose StatementEnd

-- +goose StatementBegin
create function state_marked_letter() returns trigger
    language plpgsql set search_path = pg_catalog, public as
$$
begin
    update public.dead_letter set marks_from = marks_from where id = coalesce(new.letter_id, old.letter_id);
    return null;
end
$$;
-- +goose StatementEnd

create trigger "a letter says how it stands" before insert or update of hopeless, marks_from on dead_letter
    for each row execute function state_dead_letter();
create trigger "a letter that is marked says how it stands" after insert on dead_letter_mark
    for each row when (new.kind <> 'claimed') execute function state_marked_letter();
create trigger "a letter whose mark is gone says how it stands" after delete on dead_letter_mark
    for each row when (old.kind <> 'claimed') execute function state_marked_letter();

alter table dead_letter add constraint "a dead letter stands in a known way" check (state in ('open', 'replayed', 'discarded', 'hopeless'));

-- A page is read from these in its order: all that a filter asks of a letter is in the first.
create index "dead letter: newest first" on dead_letter (at, event) include (id, function, type, state, expires_at);
create index "dead letter: open, newest first" on dead_letter (at, event) where state = 'open';
drop index "dead letter: by age";

-- +goose Down
create index "dead letter: by age" on dead_letter (at);
drop index "dead letter: newest first", "dead letter: open, newest first";
drop trigger "a letter says how it stands" on dead_letter;
drop trigger "a letter that is marked says how it stands" on dead_letter_mark;
drop trigger "a letter whose mark is gone says how it stands" on dead_letter_mark;
drop function state_dead_letter(), state_marked_letter();
alter table dead_letter drop column state;
