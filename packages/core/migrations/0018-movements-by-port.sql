-- Each outside system's open movements are claimed for themselves, so that one which hangs keeps none waiting.
create index external_movements_due on external_movements (port, next_attempt_at) where state = 'open';
drop index external_movements_open;
