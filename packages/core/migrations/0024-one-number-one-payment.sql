-- R24: a number that a person's page has chosen stands for one payment, at whichever till it was begun; also when
-- two tills' codes are paid under it at the same moment.
drop index payments_of_collections;
create unique index payments_of_collections on payments (school_id, person_id, order_no)
  where means = 'collection';
