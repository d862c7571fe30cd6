//! What the shop sells. Prices are such that every tenor of Kredivo's makes sense for something, and is too small for
//! something else (`docs/PROTOCOL.md` §8.2).

use crate::page::Lang;

use super::nicepay::{Buyer, Line};

/// A product.
#[derive(Debug)]
pub(super) struct Product {
    /// In addresses, of the page and of the drawing.
    pub(super) slug: &'static str,
    /// In Indonesian: it is what NICEPAY and the lender are told, too.
    pub(super) name: &'static str,
    name_en: &'static str,
    says: [&'static str; 2],
    /// What the drawing shows.
    draws: [&'static str; 2],
    category: &'static str,
    /// Rupiah.
    pub(super) price: u64,
}

/// More pieces of one thing than that are an order for the telephone.
pub(super) const MOST_PIECES: u64 = 9;

pub(super) const PRODUCTS: [Product; 6] = [
    Product {
        slug: "kopi-gayo",
        name: "Kopi Gayo Natural 500 g",
        name_en: "Gayo natural coffee, 500 g",
        says: [
            "Biji utuh dari dataran tinggi Aceh, dijemur bersama buahnya. Rasa nangka, cokelat, dan sedikit madu.",
            "Whole beans from the highlands of Aceh, dried in the fruit. Jackfruit, chocolate, a little honey.",
        ],
        draws: ["Sekantong biji kopi", "A bag of coffee beans"],
        category: "Kopi",
        price: 185_000,
    },
    Product {
        slug: "set-seduh",
        name: "Set Seduh Keramik",
        name_en: "Ceramic pour-over set",
        says: [
            "Corong, teko, dan dua cangkir dari tanah liat Plered, dibakar dua kali, masing-masing sedikit berbeda.",
            "Dripper, server and two cups of Plered clay, fired twice, no two quite alike.",
        ],
        draws: ["Corong seduh di atas teko", "A dripper on a coffee server"],
        category: "Perkakas",
        price: 349_000,
    },
    Product {
        slug: "teko-moka",
        name: "Teko Moka 6 Cangkir",
        name_en: "Moka pot for 6 cups",
        says: [
            "Baja tahan karat, gagang kayu sono, cocok untuk kompor gas dan induksi.",
            "Stainless steel with a rosewood handle, for gas and induction.",
        ],
        draws: ["Teko moka bersisi delapan", "An eight-sided moka pot"],
        category: "Perkakas",
        price: 425_000,
    },
    Product {
        slug: "penggiling",
        name: "Penggiling Kopi Kerucut",
        name_en: "Conical burr grinder",
        says: [
            "Empat puluh tingkat giling, dari espreso sampai seduh dingin, dan cukup pelan untuk pagi yang sunyi.",
            "Forty settings from espresso to cold brew, and quiet enough for an early morning.",
        ],
        draws: ["Penggiling kopi listrik", "An electric coffee grinder"],
        category: "Mesin",
        price: 1_450_000,
    },
    Product {
        slug: "mesin-espreso",
        name: "Mesin Espreso Rumahan",
        name_en: "Home espresso machine",
        says: [
            "Pompa 15 bar, boiler kuningan, tongkat uap yang bisa diputar. Siap dalam enam menit.",
            "15 bar pump, brass boiler, a steam wand that turns. Ready in six minutes.",
        ],
        draws: ["Mesin espreso dengan secangkir kopi", "An espresso machine with a cup"],
        category: "Mesin",
        price: 6_750_000,
    },
    Product {
        slug: "mesin-sangrai",
        name: "Mesin Sangrai Mini 500 g",
        name_en: "Small roaster, 500 g",
        says: [
            "Sangrai sendiri di teras: drum baja, jendela kaca, dan kipas pendingin. Untuk kedai yang baru mulai.",
            "Roast on your own porch: steel drum, glass window, cooling fan. For a coffee stall that is about to open.",
        ],
        draws: ["Mesin sangrai kopi kecil", "A small coffee roaster"],
        category: "Mesin",
        price: 14_900_000,
    },
];

/// Who orders here. A demo does not ask for a name and an address; a shop knows them from its own account.
pub(super) const BUYER: Buyer = Buyer {
    name: "Sari Wulandari",
    phone: "081291891818",
    email: "sari@teras-tumbuk.example",
    address: "Jalan Melati 12",
    city: "Bandung",
    state: "Jawa Barat",
    post_code: "40115",
};

impl Product {
    /// The product of a page's address or of a form's field.
    pub(super) fn of(slug: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.slug == slug)
    }

    pub(super) fn called(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::Id => self.name,
            Lang::En => self.name_en,
        }
    }

    pub(super) fn says(&self, lang: Lang) -> &'static str {
        self.says[usize::from(lang == Lang::En)]
    }

    pub(super) fn draws(&self, lang: Lang) -> &'static str {
        self.draws[usize::from(lang == Lang::En)]
    }

    /// The line of a cart.
    pub(super) fn line(&self, quantity: u64) -> Line {
        Line { id: self.slug, name: self.name, category: self.category, price: self.price, quantity }
    }

    pub(super) fn costs(&self) -> String {
        rupiah(self.price)
    }
}

/// `Rp 1.450.000`, as it is written in both languages of the shop.
pub(super) fn rupiah(amount: u64) -> String {
    let digits = amount.to_string();
    let mut text = String::from("Rp\u{a0}");
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rupiah_are_grouped_by_three() {
        for (amount, text) in [(0, "Rp\u{a0}0"), (999, "Rp\u{a0}999"), (14_900_000, "Rp\u{a0}14.900.000")] {
            assert_eq!(rupiah(amount), text);
        }
    }

    #[test]
    fn the_dearest_cart_has_twelve_digits_at_most_and_names_fit() {
        for product in &PRODUCTS {
            assert!(product.price * MOST_PIECES < 1_000_000_000_000);
            assert!(product.name.len() <= 100 && Product::of(product.slug).is_some());
        }
    }
}
