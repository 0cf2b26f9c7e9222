-- More that takes a second person (docs/decisions/0042), and what happened to somebody's own account.

alter table staff_tasks
  add column person_id uuid,
  drop constraint staff_tasks_kind_check,
  drop constraint staff_tasks_check2, -- what a refund has
  add constraint staff_tasks_kind_check
    check (kind in ('refund', 'clear_difference', 'delete_person', 'raise_refund_alone')),
  add constraint staff_tasks_payment_check check ((kind = 'refund') = (payment_id is not null)),
  add constraint staff_tasks_amount_check
    check ((kind in ('refund', 'raise_refund_alone')) = (amount_fen is not null)),
  add constraint staff_tasks_person_check check ((kind = 'delete_person') = (person_id is not null));
create unique index staff_tasks_delete_once on staff_tasks (school_id, person_id)
  where kind = 'delete_person' and state = 'waiting';
create unique index staff_tasks_raise_once on staff_tasks (school_id)
  where kind = 'raise_refund_alone' and state = 'waiting';

alter table schools
  add constraint schools_refund_alone_fen_check check (refund_alone_fen between 0 and 1000000);

alter table staff_audit
  add column about_staff_id uuid; -- whose account it was done to, when by somebody else
create index staff_audit_of_account on staff_audit (coalesce(about_staff_id, staff_id), audit_id desc)
  where operation in ('signIn', 'finishSetUp', 'addStaff', 'changeStaff', 'recoverStaff');
