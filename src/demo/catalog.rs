//! The shop's products. For every tenor of Kredivo's, one price is within the limit and another is above it
//! (`docs/PROTOCOL.md` §8.2).

use crate::page::Lang;

use super::nicepay::{Buyer, Line};

#[derive(Debug)]
pub(super) struct Product {
    /// Part of the addresses of the page and the image.
    pub(super) slug: &'static str,
    /// In Indonesian, also for NICEPAY and the lender.
    pub(super) name: &'static str,
    name_en: &'static str,
    /// In English and Indonesian.
    description: (&'static str, &'static str),
    /// In English and Indonesian.
    image_alt: (&'static str, &'static str),
    category: &'static str,
    /// In rupiah.
    pub(super) price: u64,
}

/// The maximum number of pieces in one order.
pub(super) const MAX_QUANTITY: u64 = 9;

pub(super) const PRODUCTS: [Product; 6] = [
    Product {
        slug: "kopi-gayo",
        name: "Kopi Gayo Natural 500 g",
        name_en: "Gayo natural coffee, 500 g",
        description: (
            "Whole beans from the Gayo highlands in Aceh, naturally processed. Notes of jackfruit, chocolate and honey.",
            "Biji utuh dari dataran tinggi Gayo, Aceh, dengan proses natural. Bercita rasa nangka, cokelat, dan madu.",
        ),
        image_alt: ("A bag of coffee beans", "Sekantong biji kopi"),
        category: "Kopi",
        price: 185_000,
    },
    Product {
        slug: "set-seduh",
        name: "Set Seduh Keramik",
        name_en: "Ceramic pour-over set",
        description: (
            "Dripper, server and two cups made of Plered clay. Each set is slightly different.",
            "Corong, teko, dan dua cangkir dari tanah liat Plered. Setiap set sedikit berbeda.",
        ),
        image_alt: ("A dripper on a coffee server", "Corong seduh di atas teko"),
        category: "Perkakas",
        price: 349_000,
    },
    Product {
        slug: "teko-moka",
        name: "Teko Moka 6 Cangkir",
        name_en: "Moka pot for 6 cups",
        description: (
            "Stainless steel with a rosewood handle, for gas and induction.",
            "Baja tahan karat dengan gagang kayu sono, untuk kompor gas dan induksi.",
        ),
        image_alt: ("An eight-sided moka pot", "Teko moka bersisi delapan"),
        category: "Perkakas",
        price: 425_000,
    },
    Product {
        slug: "penggiling",
        name: "Penggiling Kopi Kerucut",
        name_en: "Conical burr grinder",
        description: (
            "Forty grind settings, from espresso to cold brew. Quiet enough for the early morning.",
            "Empat puluh tingkat gilingan, dari espreso sampai cold brew. Suaranya halus, cocok untuk pagi hari.",
        ),
        image_alt: ("An electric coffee grinder", "Penggiling kopi listrik"),
        category: "Mesin",
        price: 1_450_000,
    },
    Product {
        slug: "mesin-espreso",
        name: "Mesin Espreso Rumahan",
        name_en: "Home espresso machine",
        description: (
            "15 bar pump, brass boiler and a rotating steam wand. Ready in six minutes.",
            "Pompa 15 bar, boiler kuningan, dan tongkat uap yang bisa diputar. Siap dalam enam menit.",
        ),
        image_alt: ("An espresso machine with a cup", "Mesin espreso dengan secangkir kopi"),
        category: "Mesin",
        price: 6_750_000,
    },
    Product {
        slug: "mesin-sangrai",
        name: "Mesin Sangrai Mini 500 g",
        name_en: "Small roaster, 500 g",
        description: (
            "Roast at home: steel drum, glass window and cooling fan. For new coffee shops.",
            "Sangrai sendiri di rumah: drum baja, jendela kaca, dan kipas pendingin. Untuk kedai kopi yang baru dibuka.",
        ),
        image_alt: ("A small coffee roaster", "Mesin sangrai kopi kecil"),
        category: "Mesin",
        price: 14_900_000,
    },
];

/// The buyer of every order: the demo does not ask for a name and an address.
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
    pub(super) fn from_slug(slug: &str) -> Option<&'static Self> {
        PRODUCTS.iter().find(|product| product.slug == slug)
    }

    pub(super) fn title(&self, lang: Lang) -> &'static str {
        lang.t(self.name_en, self.name)
    }

    pub(super) fn description(&self, lang: Lang) -> &'static str {
        lang.t(self.description.0, self.description.1)
    }

    pub(super) fn image_alt(&self, lang: Lang) -> &'static str {
        lang.t(self.image_alt.0, self.image_alt.1)
    }

    /// The line of a cart.
    pub(super) fn line(&self, quantity: u64) -> Line {
        Line { id: self.slug, name: self.name, category: self.category, price: self.price, quantity }
    }

    pub(super) fn price_text(&self) -> String {
        rupiah(self.price)
    }
}

/// `Rp 1.450.000`, in both languages.
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
            assert!(product.price * MAX_QUANTITY < 1_000_000_000_000);
            assert!(product.name.len() <= 100 && Product::from_slug(product.slug).is_some());
        }
    }
}
