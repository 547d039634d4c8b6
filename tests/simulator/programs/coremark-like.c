/* A list that is sorted and searched, a small matrix, a state machine over text and a CRC: the mix of the CoreMark benchmark. */
#include "runtime/console.h"

typedef struct node {
  struct node *next;
  int16_t key, value;
} node;

static node nodes[200];
static int16_t left[12][12], right[12][12];
static int32_t product[12][12];

static uint16_t crc16(uint16_t crc, uint16_t data)
{
  for (int bit = 0; bit < 16; bit++, data >>= 1) crc = (uint16_t)((crc >> 1) ^ (((crc ^ data) & 1) != 0 ? 0xA001 : 0));
  return crc;
}

static node *merge(node *a, node *b)
{
  node head, *tail = &head;
  while (a != NULL && b != NULL) {
    node **smaller = a->key <= b->key ? &a : &b;
    tail = tail->next = *smaller;
    *smaller = (*smaller)->next;
  }
  tail->next = a != NULL ? a : b;
  return head.next;
}

static node *sort(node *list)
{
  if (list == NULL || list->next == NULL) return list;
  node *slow = list, *fast = list->next;
  while (fast != NULL && fast->next != NULL) {
    slow = slow->next;
    fast = fast->next->next;
  }
  node *second = slow->next;
  slow->next = NULL;
  return merge(sort(list), sort(second));
}

enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, INVALID };

static enum state step(enum state state, char c)
{
  const int digit = c >= '0' && c <= '9';
  switch (state) {
  case START: return digit ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : INVALID;
  case SIGN: return digit ? INTEGER : c == '.' ? POINT : INVALID;
  case INTEGER: return digit ? INTEGER : c == '.' ? POINT : c == 'e' ? EXPONENT : INVALID;
  case POINT: return digit ? FRACTION : INVALID;
  case FRACTION: return digit ? FRACTION : c == 'e' ? EXPONENT : INVALID;
  case EXPONENT: return digit || c == '-' ? EXPONENT : INVALID;
  default: return INVALID;
  }
}

int main(void)
{
  uint32_t random = 12345;
  uint16_t crc = 0xFFFF;
  for (int round = 0; round < 10; round++) {
    for (int i = 0; i < 200; i++) {
      random = random * 1664525u + 1013904223u;
      nodes[i] = (node){i < 199 ? &nodes[i + 1] : NULL, (int16_t)(random >> 16), (int16_t)i};
    }
    for (node *each = sort(nodes); each != NULL; each = each->next) crc = crc16(crc, (uint16_t)(each->key ^ each->value));
    for (int i = 0; i < 12; i++) {
      for (int j = 0; j < 12; j++) {
        left[i][j] = (int16_t)(random >> (i & 7));
        right[i][j] = (int16_t)(random >> (j & 15));
      }
    }
    for (int i = 0; i < 12; i++) {
      for (int j = 0; j < 12; j++) {
        uint32_t sum = 0;
        for (int k = 0; k < 12; k++) sum += (uint32_t)(left[i][k] * right[k][j]);
        product[i][j] = (int32_t)sum;
        crc = crc16(crc, (uint16_t)(product[i][j] >> 3));
      }
    }
    int counts[INVALID + 1] = {0};
    enum state state = START;
    for (const char *c = "5012,-874.5,+122,35.54400,.1234500,-1.1e-4,T0.3e-1F,0x7f,.e3,7"; *c != '\0'; c++) {
      counts[state]++;
      state = *c == ',' ? START : step(state, *c);
    }
    for (int i = START; i <= INVALID; i++) crc = crc16(crc, (uint16_t)counts[i]);
  }
  report("crc", crc);
  return 0;
}
