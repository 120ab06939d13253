// SPDX-License-Identifier: BSD-2-Clause
//
// A module in Rust, by plain rustc: what the macros of bootlink/module.h write,
// written out (include/README.md has the sections).

#![no_std]
#![allow(unused_unsafe)] // addresses of `static mut` were unsafe up to 1.81

use core::panic::PanicInfo;
use core::ptr::{addr_of, addr_of_mut, null_mut};

type Char = i8; // as in C; core::ffi has them from 1.64 on
type Int = i32;

extern "C" {
    fn report(name: *const Char, whom: *const Char, count: u32,
              list: *const Int, listed: u32, answer: Int);
    fn say_line(text: *const Char);
    fn answer_of_nasm() -> Int;
}

/// The bytes of a text, and zeros behind them.
const fn padded<const SIZE: usize>(text: &[u8]) -> [u8; SIZE] {
    let mut room = [0; SIZE];
    let mut i = 0;
    while i < text.len() {
        room[i] = text[i];
        i += 1;
    }
    room
}

// ---- What the module is ------------------------------------------------------

const TEXTS: &[u8] = b"name=rust\0version=1.0\0\
    description=a module in Rust\0requires=kernel 1.2\0import_ns=TEST\0\
    parm=count:how often\0parm=whom:who is greeted\0";

#[used]
#[link_section = ".bootlink.modinfo"]
static INFO: [u8; TEXTS.len()] = padded(TEXTS);

#[used]
#[link_section = ".bootlink.init"]
static INIT: unsafe extern "C" fn(*const Char) -> Int = start;

#[used]
#[link_section = ".bootlink.exit"]
static EXIT: unsafe extern "C" fn() = stop;

#[used]
#[link_section = ".bootlink.exports"]
static EXPORT: unsafe extern "C" fn() -> Int = answer_of_rust;

// ---- Parameters --------------------------------------------------------------

static mut COUNT: u32 = 1;
static mut WHOM: *const Char = b"nobody\0".as_ptr() as *const Char;
static mut LIST: [Int; 4] = [0; 4];
static mut LISTED: u32 = 0;

#[repr(C)]
struct Parameter {
    variable: *mut u8,
    count: *mut u32,
    kind: u32, // 2: int, 3: uint, 6: string
    capacity: u32,
    name: [u8; 40],
}

unsafe impl Sync for Parameter {}

#[used]
#[link_section = ".bootlink.params"]
static PARAMETERS: [Parameter; 3] = [
    Parameter {
        variable: unsafe { addr_of_mut!(COUNT) as *mut u8 },
        count: null_mut(),
        kind: 3,
        capacity: 1,
        name: padded(b"count"),
    },
    Parameter {
        variable: unsafe { addr_of_mut!(WHOM) as *mut u8 },
        count: null_mut(),
        kind: 6,
        capacity: 1,
        name: padded(b"whom"),
    },
    Parameter {
        variable: unsafe { addr_of_mut!(LIST) as *mut u8 },
        count: unsafe { addr_of_mut!(LISTED) },
        kind: 2,
        capacity: 4,
        name: padded(b"list"),
    },
];

// ---- What it does ------------------------------------------------------------

#[no_mangle]
unsafe extern "C" fn answer_of_rust() -> Int {
    answer_of_nasm() + 1
}

unsafe extern "C" fn start(parameters: *const Char) -> Int {
    report(b"rust\0".as_ptr() as *const Char, WHOM, COUNT,
           addr_of!(LIST) as *const Int, LISTED, answer_of_nasm());
    (*parameters == 0) as Int
}

unsafe extern "C" fn stop() {
    say_line(b"rust ends\0".as_ptr() as *const Char);
}

#[panic_handler]
fn panic(_: &PanicInfo) -> ! {
    loop {}
}
